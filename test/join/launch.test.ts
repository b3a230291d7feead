import { spawn, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findExecutable } from '../../shared/guard/executable-file.ts'
import type { Instruction, Report } from '../../shared/guard/watchdog-protocol.ts'
import { machineClock } from '../../shared/guard/machine-clock.ts'
import { BUILT_CLI } from '../support/built-cli.ts'
import { eventually, isGroupAlive } from '../support/join-scene.ts'

/** The process that waits to become the command, and the watchdog that starts it, as they ship. */
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-launch-'))
})

afterAll(() => rm(folder, { recursive: true, maxRetries: 10 }))

/** A watchdog, with orders from here. */
function startWatchdog() {
  const child = spawn(process.execPath, [BUILT_CLI, '__watchdog'], { detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  let output = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const reports: Report[] = []
  child.on('message', (report) => reports.push(report as Report))
  const closed = new Promise((resolve) => child.on('close', resolve))
  const exited = new Promise((resolve) => child.on('exit', resolve))
  let number = 0
  return {
    child,
    reports,
    exited,
    output: () => output,
    order: (instruction: Instruction) => void child.send({ ...instruction, number: ++number }, () => undefined),
    start(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
      const renewed = { monotonicMs: machineClock.monotonicMs(), wallMs: machineClock.wallMs() }
      this.order({ type: 'start', command, env, deadlines: { endAfterMs: 60_000, killAfterMs: 70_000 }, renewed })
    },
    told: <T extends Report['type']>(type: T) =>
      eventually(`${type} reported: ${output}`, () => reports.find((report): report is Report & { type: T } => report.type === type)),
    async run(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
      this.start(command, env)
      const { pid } = await this.told('waiting')
      this.order({ type: 'go' })
      await eventually('its end', () => reports.find(({ type }) => type === 'gone' || type === 'not-run'))
      child.kill('SIGKILL')
      await closed
      return { pid, end: reports.find(({ type }) => type === 'exited' || type === 'not-run'), output }
    },
  }
}

describe('a command', () => {
  it('is the process that waited, with the same signals, files and environment that it has without a watchdog', async () => {
    const script = 'grep -E "^Sig(Blk|Ign|Pnd)" /proc/self/status; ls /proc/self/fd | wc -l; echo "$0 $1"; env | grep -v "^_="'
    const env = { PATH: process.env['PATH']!, 'an odd.name': 'x\ny' }
    const beside = spawnSync('sh', ['-c', script, 'zero', 'one two'], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    const watchdog = startWatchdog()
    const { pid, output } = await watchdog.run(['env', '-i', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), 'sh', '-c', script, 'zero', 'one two'])
    expect(output.match(/^Sig\w+:\s+0+$/gm)).toHaveLength(3)
    expect(output).toBe(beside.stdout)
    const leader = startWatchdog()
    const self = await leader.run(['sh', '-c', 'echo $$ $(ps -o pgid= -o sid= -p $$)'])
    expect(self.output.trim()).toBe([self.pid, self.pid, self.pid].join(' '))
    expect(pid).not.toBe(self.pid)
  })

  it('has the environment of join and what is added, exactly', async () => {
    const watchdog = startWatchdog()
    const { output } = await watchdog.run(['node', '-p', 'JSON.stringify(process.env)'], { LEADER_NAME: 'a b' })
    expect(JSON.parse(output)).toEqual({ ...process.env, LEADER_NAME: 'a b' })
  })

  it.each([
    ['is missing', 'no-such-command', 'ENOENT'],
    ['is missing at its path', '/nowhere/command', 'ENOENT'],
    ['is a folder', '/tmp', 'EACCES'],
    ['may not be run', '/etc/passwd', 'EACCES'],
    ['names an interpreter that is missing', 'crlf', 'ENOENT'],
    ['needs a loader that is missing', 'elf', 'ENOENT'],
  ])('that %s is reported as not run', async (_name, command, code) => {
    const elf = await readFile('/bin/sh')
    const name = /\/lib[^\0]*ld-[^\0]*/.exec(elf.toString('latin1'))![0]
    elf.write('/x'.padEnd(name.length, 'x'), elf.indexOf(name), 'latin1')
    await writeFile(join(folder, 'elf'), elf)
    await writeFile(join(folder, 'crlf'), '#!/bin/sh\r\nexit 3\r\n')
    for (const file of ['elf', 'crlf']) await chmod(join(folder, file), 0o755)
    const file = ['elf', 'crlf'].includes(command) ? join(folder, command) : command
    const { end } = await startWatchdog().run([file])
    expect(end).toEqual({ type: 'not-run', code, message: `spawn ${file} ${code}` })
  })

  it.each([
    ['SIGPIPE ends a writer', ['sh', '-c', 'yes | head -1'], { exitCode: 0, signal: null }, 'y\n'],
    ['a text without #! is for the shell', ['./script', 'a b'], { exitCode: 4, signal: null }, 'a b\n'],
    ['a signal ends it', ['sh', '-c', 'kill -USR1 $$'], { exitCode: null, signal: 'SIGUSR1' }, ''],
  ])('runs as it would without: %s', async (_name, [file, ...args], exit, said) => {
    await writeFile(join(folder, 'script'), 'echo "$1"; exit 4\n')
    await chmod(join(folder, 'script'), 0o755)
    const { end, output } = await startWatchdog().run([file!.replace('.', folder), ...args])
    expect({ end, output }).toEqual({ end: { type: 'exited', ...exit, wasTold: false }, output: said })
  })
})

describe('a watchdog that is killed while it starts a command', () => {
  it('leaves nothing running that was not told of', async () => {
    for (let round = 0; round < 16; round++) {
      const watchdog = startWatchdog()
      watchdog.child.on('message', (report: Report) => {
        if (report.type === 'waiting') watchdog.order({ type: 'go' })
      })
      const tag = `8${String(process.pid).padStart(7, '0')}${round}`
      watchdog.start(['sleep', tag])
      // Spread over all that it does, from its own start until the command runs.
      if (round % 2 === 0) await eventually('it hears', () => watchdog.reports.length > 0 || undefined)
      await new Promise((resolve) => setTimeout(resolve, round * 6))
      watchdog.child.kill('SIGKILL')
      await watchdog.exited
      const known = watchdog.reports.find((report) => report.type === 'waiting')
      if (known) {
        try {
          process.kill(-known.pid, 'SIGKILL')
        } catch {
          // It has ended by itself.
        }
        await eventually('the known one is gone', () => !isGroupAlive(known.pid))
      }
      await eventually(`nothing is left in round ${round}`, () => spawnSync('pgrep', ['-f', `^sleep ${tag}$`]).status === 1)
    }
  }, 120_000)

  it('before it let the command begin, has what waits end by itself', async () => {
    const watchdog = startWatchdog()
    watchdog.start(['sleep', '1000'])
    const { pid } = await watchdog.told('waiting')
    expect(isGroupAlive(pid)).toBe(true)
    watchdog.child.kill('SIGKILL')
    await eventually('it has ended', () => !isGroupAlive(pid))
  })
})

describe('what is run', () => {
  it.each([
    ['a path as it is', ['/bin/sh', '-x'], undefined, { file: '/bin/sh', args: ['/bin/sh', '-x'] }],
    ['a name by PATH', ['sh', '-x'], '/nowhere:/bin', { file: '/bin/sh', args: ['sh', '-x'] }],
    ['a name where there is no PATH', ['sh'], undefined, { file: '/bin/sh', args: ['sh'] }],
  ])('is found: %s', (_name, command, path, expected) => {
    expect(findExecutable(command, path)).toEqual(expected)
  })
})
