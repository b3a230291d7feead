import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realClusterAssets } from '../support/real-cluster.ts'
import { Terminal, type TerminalOptions } from '../support/terminal.ts'
import { ROOT } from './pages.ts'

/** The first commands in a new clone after `npm ci`, from the README and the output of the program. */
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-newcomer-'))
})
afterAll(() => rm(folder, { recursive: true, maxRetries: 10 }))

const pathWith = (...folders: readonly string[]): string => [...folders, realClusterAssets(), process.env['PATH']].join(':')

/** A terminal in the clone, which prints the exit code of a command. */
const SHELL = `trap : INT; cd "$0" && "$@"; echo "ended with $?"; exec sleep 600`
const open = (command: readonly string[], { env }: TerminalOptions = {}): Promise<Terminal> =>
  Terminal.open(['sh', '-c', SHELL, ROOT, ...command], {
    columns: 160,
    rows: 45,
    env: { PATH: pathWith(), HOME: folder, ...env },
  })

it('npm start shows elections that count down, explains its keys, and ends with q', async () => {
  const terminal = await open(['npm', 'start'])
  try {
    await terminal.shows(/shop +checkout-operator +checkout-operator-/)
    await terminal.type('?')
    await terminal.shows('Esc back  q quit')
    await terminal.type('q')
    await terminal.shows('ended with 0')
  } finally {
    await terminal.close()
  }
})

describe('the sandbox on its own', () => {
  let sandbox: Terminal
  let introduction: string
  let env: Record<string, string>

  beforeAll(async () => {
    sandbox = await open(['npx', 'kubectl-leader', 'sandbox'])
    introduction = await sandbox.shows('Press Ctrl-C to stop the sandbox')
    env = { KUBECONFIG: /^ +export KUBECONFIG=(\S+)$/m.exec(introduction)![1]! }
    // Install the link in a directory that only this test uses.
    await promisify(execFile)('npm', ['link'], { cwd: ROOT, env: { ...process.env, npm_config_prefix: folder } })
    env['PATH'] = pathWith(join(folder, 'bin'))
  })
  afterAll(() => sandbox.close())

  const run = async (file: string, args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
    const options = { env: { ...env, HOME: folder } }
    return promisify(execFile)(file, args, options).then(
      (printed) => ({ code: 0, ...printed }),
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    )
  }

  it('suggests commands to try', () => {
    const tried = [...introduction.matchAll(/^ {2}((?:npx )?kubectl.*)$/gm)].map(([, command]) => command!.trim())
    expect(tried).toEqual([
      'npx kubectl-leader list -A',
      'npx kubectl-leader watch -A',
      'npx kubectl-leader describe -n shop checkout-operator',
      'npx kubectl-leader doctor -A',
      'npx kubectl-leader failover -n shop gateway-controller',
      'npx kubectl-leader logs -n shop checkout-operator -f',
      'kubectl get leases,pods -A',
    ])
  })

  it.each([
    ['kubectl', ['leader', 'list', '-A'], 0, /^shop +checkout-operator /m],
    ['kubectl', ['leader', 'describe', '-n', 'shop', 'checkout-operator'], 0, /^Name: +checkout-operator$/m],
    ['kubectl', ['get', 'leases,pods', '-A'], 0, /^shop +lease\S*\/checkout-operator /m],
    ['kubectl', ['leader', 'doctor', '-A'], 1, /^error +shop\/invoice-worker +holderPodGone$/m],
  ])('%s %j', async (file, args, code, text) => {
    const ran = await run(file, args)
    expect(ran.stdout).toMatch(text)
    expect(ran.code).toBe(code)
  })

  it.each([
    [['leader', 'watch', '-A'], /shop +checkout-operator/],
    [['leader', 'logs', '-n', 'shop', 'checkout-operator', '-f'], /==> leader: checkout-operator-/],
  ])('kubectl %j runs until Ctrl-C', async (args, text) => {
    const terminal = await open(['kubectl', ...args], { env })
    try {
      await terminal.shows(text)
      await terminal.press('C-c')
      await terminal.shows('ended with 130')
    } finally {
      await terminal.close()
    }
  })

  it('moves leadership after the plan is confirmed', async () => {
    // The sandbox also moves leadership, but not again for a while after a transition.
    expect((await run('kubectl', ['leader', 'wait', '-n', 'shop', 'gateway-controller', '--for=changed', '--timeout=100s'])).code).toBe(0)
    expect(await failOver()).toMatch(/Moved: [^]*is now the leader\.\s+There\s+was\s+no\s+leader\s+for/)
  })

  /** Runs the failover. Resolves to the final screen. */
  async function failOver(): Promise<string> {
    const terminal = await open(['kubectl', 'leader', 'failover', '-n', 'shop', 'gateway-controller'], { env })
    try {
      const plan = await terminal.shows(/\[y\/N\]|ended with/)
      if (plan.includes('ended with')) return plan
      await terminal.type('y')
      await terminal.press('Enter')
      return await terminal.shows('ended with')
    } finally {
      await terminal.close()
    }
  }
})
