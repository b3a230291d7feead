import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildExecutable } from '../../release/executable.ts'
import { TARGETS } from '../../release/targets.ts'
import { realClusterAssets, startRealCluster, type RealCluster } from '../support/real-cluster.ts'

/** The executable for linux-amd64, run by kubectl as `kubectl leader` where there is no Node.js, on a real API server. */
const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-executable-'))
const PATH = join(folder, 'bin')
const HOME = join(folder, 'home')
const SHORT = ['--lease-duration', '10s', '--renew-deadline', '6s', '--retry-period', '1s']

let cluster: RealCluster
const started: ChildProcess[] = []

interface Run {
  readonly child: ChildProcess
  stdout: string
  stderr: string
  readonly ended: Promise<number | null>
}

/** Starts a command with nothing in its environment but what is needed to find the program and the cluster. */
function start(command: string, ...args: readonly string[]): Run {
  const child = spawn(join(PATH, command), args, { env: { PATH, HOME, KUBECONFIG: cluster.kubeconfig }, stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  const run: Run = { child, stdout: '', stderr: '', ended: new Promise((resolve) => child.on('close', resolve)) }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (run.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (run.stderr += text))
  return run
}

async function leader(...args: readonly string[]): Promise<string> {
  const run = start('kubectl', 'leader', ...args)
  expect(await run.ended, run.stderr).toBe(0)
  return run.stdout
}

const patience = { timeout: 60_000, interval: 100 }
const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

beforeAll(async () => {
  mkdirSync(PATH)
  mkdirSync(HOME)
  buildExecutable(TARGETS.find(({ os, arch }) => os === 'linux' && arch === 'amd64')!, join(PATH, 'kubectl-leader'))
  symlinkSync(join(realClusterAssets()!, 'kubectl'), join(PATH, 'kubectl'))
  cluster = await startRealCluster()
}, 600_000)

afterAll(async () => {
  for (const child of started) child.kill('SIGKILL')
  await cluster.close()
  rmSync(folder, { recursive: true, maxRetries: 10 })
})

it('has no Node.js beside it', () => {
  expect(existsSync(join(PATH, 'node'))).toBe(false)
})

it('needs no library that a small Linux lacks', () => {
  const needed = execFileSync('readelf', ['-d', join(PATH, 'kubectl-leader')], { encoding: 'utf8' }).match(/(?<=NEEDED.*\[)[^\]]+/g)
  expect(needed?.filter((name) => !/^(ld-linux-x86-64|lib(c|dl|gcc_s|m|pthread|stdc\+\+))\.so\.\d$/.test(name))).toEqual([])
})

it('prints its version', async () => {
  expect(await leader('version')).toMatch(/^kubectl-leader \d+\.\d+\.\d+ \(Node\.js 24\.\d+\.\d+, linux\/x64\)/)
})

it('ignores environment variables for another Node.js', async () => {
  const child = spawn(join(PATH, 'kubectl-leader'), ['version'], { env: { PATH, HOME, NODE_OPTIONS: '--no-such-option' }, stdio: 'ignore' })
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
})

describe('an election of two candidates that run commands', () => {
  const candidates = new Map<string, Run>()
  const commandOf = (id: string): number => Number(/command runs as (\d+)/.exec(candidates.get(id)!.stdout)?.[1])
  const stand = (id: string): void => {
    const script = 'echo command runs as $$; exec /bin/sleep 100000'
    candidates.set(id, start('kubectl', 'leader', 'join', 'demo', '--id', id, ...SHORT, '--yes', '--', '/bin/sh', '-c', script))
  }

  it('runs the command of the leader', async () => {
    stand('first')
    await expect.poll(() => commandOf('first'), patience).toBeGreaterThan(0)
    stand('second')
    await expect.poll(() => candidates.get('second')!.stderr, patience).toContain('first')
    expect(commandOf('second')).toBeNaN()
  })

  it('lists it', async () => {
    expect(await leader('list')).toMatch(/^demo +first +~held /m)
  })

  it('prints YAML', async () => {
    expect(await leader('list', '-o', 'yaml')).toContain('holderIdentity: first')
  })

  it('watches it', async () => {
    const watch = start('kubectl', 'leader', 'watch', '-o', 'json', '--renewals')
    await expect.poll(() => watch.stdout, patience).toContain('"type":"renewed"')
    watch.child.kill('SIGINT')
    expect(await watch.ended).toBe(130)
  })

  it('fails it over, and the command of the old leader is gone', async () => {
    const before = commandOf('first')
    expect(await leader('failover', 'demo', '--to', 'second', '--yes', '--force')).toMatch(/second/)
    await expect.poll(() => commandOf('second'), patience).toBeGreaterThan(0)
    expect(isRunning(before)).toBe(false)
  })

  it('kills the command when it is killed itself', async () => {
    const command = commandOf('second')
    expect(isRunning(command)).toBe(true)
    candidates.get('second')!.child.kill('SIGKILL')
    await expect.poll(() => isRunning(command), patience).toBe(false)
  })
})

describe('code that is loaded on demand', () => {
  it('reports that it cannot connect to Redis', async () => {
    const run = start('kubectl', 'leader', 'join', 'redis://127.0.0.1:1/0?key=demo', '--once')
    await expect.poll(() => run.stderr, patience).toMatch(/ECONNREFUSED|refused/i)
    run.child.kill('SIGKILL')
    await run.ended
  })

  it('draws on a terminal', async () => {
    const script = spawn('/usr/bin/script', ['-qec', 'stty cols 120 rows 30; exec kubectl leader sandbox --watch --duration 8s', '/dev/null'], {
      env: { PATH: `${PATH}:/usr/bin:/bin`, HOME, TERM: 'xterm', SHELL: '/bin/sh' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    started.push(script)
    let drawn = ''
    script.stdout.setEncoding('utf8').on('data', (text: string) => (drawn += text))
    await expect.poll(() => drawn, patience).toContain('kube-scheduler')
  })
})
