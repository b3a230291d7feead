import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { connect } from '../../../shared/cluster/index.ts'
import { LeaderElector } from '../../../shared/election/index.ts'
import { LeaseLock } from '../../../shared/locks/index.ts'
import { startSandbox, type Sandbox } from '../../../shared/sandbox/index.ts'
import { systemClock } from '../../../shared/time/index.ts'
import type { Window } from '../support/window.ts'
import { openWorkbench, type Workbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

const LEASES = 'leases.coordination.k8s.io'
const NAMESPACE = 'shop'
const NAME = 'checkout'
const HERE = new RegExp(`^${hostname()}_`)

/** Writes down its process ID and environment, and then, again and again, that it acts; pauses once at a breakpoint. */
const PROGRAM = `
const { appendFileSync, writeFileSync } = require('node:fs')
const { spawn } = require('node:child_process')
const folder = __dirname
appendFileSync(folder + '/starts', process.pid + ' ' + process.env.LEADER_IDENTITY + ' ' + process.env.LEADER_FENCING_TOKEN + ' ' + process.argv.slice(2) + '\\n')
if (process.env.WITH_CHILDREN) {
  spawn('setsid', ['sleep', '1000'], { stdio: 'ignore' })
  spawn('sh', ['-c', 'sleep 1000 & sleep 1000'], { stdio: 'ignore' })
}
let acts = 0
setInterval(() => {
  acts += 1
  writeFileSync(folder + '/acts', String(acts))
  if (acts === 3 && !process.env.WITHOUT_PAUSE) debugger
}, 100)
`

let scene: AsyncDisposableStack
let sandbox: Sandbox
let workbench: Workbench
let window: Window
let folder: string

const spec = (): { readonly holderIdentity: string; readonly leaseTransitions: number } =>
  (sandbox.peek(LEASES, NAMESPACE, NAME) as { spec: { holderIdentity: string; leaseTransitions: number } }).spec
const holder = (): string => spec().holderIdentity
const starts = (): string[][] => {
  const file = join(folder, 'starts')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map((line) => line.split(' ')) : []
}
const isRunning = (pid: string): boolean => existsSync(`/proc/${pid}`) && !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

/** The processes that have the marker of a debugged program in their environment. */
function marked(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && isRunning(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`KUBECTL_LEADER_DEBUG_RUN=`) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`HOME=${workbench.profile.home}`)
    } catch {
      return false
    }
  })
}

interface Launch {
  readonly leader?: object
  readonly base?: object
  readonly more?: readonly object[]
  readonly compounds?: readonly object[]
}

function writeLaunch(into: string, { leader, base, more = [], compounds = [] }: Launch = {}): void {
  mkdirSync(join(into, '.vscode'), { recursive: true })
  writeFileSync(join(into, 'program.js'), PROGRAM)
  const configurations = [
    { type: 'kubectl-leader', request: 'launch', name: 'As the leader', election: `${NAMESPACE}/${NAME}`, configuration: 'Program', ...leader },
    { type: 'node', request: 'launch', name: 'Program', program: '${workspaceFolder}/program.js', ...base },
    ...more,
  ]
  writeFileSync(join(into, '.vscode/launch.json'), JSON.stringify({ version: '0.2.0', configurations, compounds }))
}

beforeEach(async () => {
  scene = new AsyncDisposableStack()
  sandbox = await startSandbox()
  scene.defer(() => sandbox.close())
  sandbox.plant('namespaces', { metadata: { name: NAMESPACE }, status: { phase: 'Active' } })
  sandbox.plant(LEASES, { metadata: { namespace: NAMESPACE, name: NAME }, spec: { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 4 } })
  workbench = scene.use(await openWorkbench({ extensions, kubeconfig: sandbox.kubeconfig() }))
  folder = workbench.profile.workspace
  window = workbench.window
})

afterEach(() => scene.disposeAsync())

/** Another candidate, until the test ends; with what was still running of the program whenever it began to lead. */
async function rival(identity: string): Promise<{ readonly left: string[][] }> {
  const client = await connect({}, { env: { KUBECONFIG: workbench.profile.kubeconfig }, clock: systemClock, version: '0' })
  const over = new AbortController()
  const left: string[][] = []
  const elector = new LeaderElector({
    ...{ leaseDurationMs: 6_000, renewDeadlineMs: 4_000, retryPeriodMs: 1_000 },
    lock: new LeaseLock(client, { namespace: NAMESPACE, name: NAME }),
    identity,
    rejoin: true,
    onStartedLeading: ({ signal }) => {
      left.push(marked())
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
    },
  })
  const ended = elector.run(over.signal)
  scene.defer(async () => {
    over.abort()
    await ended
    client.close()
  })
  await expect.poll(() => left.length).toBe(1)
  return { left }
}

/** Takes leadership from a rival, and pauses at the breakpoint. */
async function takeAndPause(): Promise<{ readonly left: string[][] }> {
  const other = await rival('checkout-7d4f-x2k9p_1')
  writeLaunch(folder, { leader: { take: true, env: { WITH_CHILDREN: '1' } } })
  await start()
  await window.answerModal('Take Leadership')
  await window.statusBarItem(/paused at a breakpoint, lease held/).waitFor()
  expect(holder()).toMatch(HERE)
  return other
}

async function start(): Promise<void> {
  await window.command('Debug: Start Debugging')
}

describe('a program that is debugged while this window leads', () => {
  it('runs with the leadership in its environment, keeps the lease at a breakpoint and over a restart, and is gone before the release', async () => {
    writeLaunch(folder, { leader: { args: ['--leader-elect=false'], env: { WITH_CHILDREN: '1' } } })
    await start()
    await window.modal.getByText('Debug as the leader of').waitFor()
    await window.picture('debugging-1-plan')
    expect(holder()).toBe('')
    expect(starts()).toEqual([])
    await window.answerModal('Debug')
    await window.statusBarItem(/checkout: paused at a breakpoint, lease held, 9:\d\d left/).waitFor()
    await window.picture('debugging-2-paused')
    expect(holder()).toMatch(HERE)
    const [first] = starts()
    expect(first!.slice(1)).toEqual([holder(), expect.stringMatching(/^\d+$/), '--leader-elect=false'])
    const transitions = spec().leaseTransitions
    await window.command('Debug: Restart')
    await expect.poll(() => starts().length).toBe(2)
    expect(isRunning(first![0]!)).toBe(false)
    expect(spec()).toMatchObject({ holderIdentity: first![1], leaseTransitions: transitions })
    expect(starts()[1]!.slice(1, 3)).toEqual(first!.slice(1, 3))
    await window.statusBarItem(/paused at a breakpoint/).waitFor()
    expect(marked().length).toBeGreaterThan(3)
    await window.page.keyboard.press('Shift+F5')
    await expect.poll(holder).toBe('')
    expect(marked()).toEqual([])
    await window.statusBarItem('checkout').waitFor({ state: 'hidden' })
    await window.picture('debugging-3-ended')
  })
})

describe('a program that is not started', () => {
  const nothingHappened = (): void => {
    expect(starts()).toEqual([])
    expect(spec()).toMatchObject({ holderIdentity: '', leaseTransitions: 4 })
  }

  it('because its configuration is missing, or is a compound: it says so, and the lease is not acquired', async () => {
    writeLaunch(folder, { leader: { configuration: 'Nothing' } })
    await start()
    await window.modal.getByText('There is no launch configuration "Nothing".').waitFor()
    await window.answerModal('Cancel')
    nothingHappened()
    writeLaunch(folder, { leader: { configuration: 'Both' }, compounds: [{ name: 'Both', configurations: ['Program'] }] })
    await start()
    await window.modal.getByText('"Both" is a compound.').waitFor()
    await window.answerModal('Cancel')
    nothingHappened()
  })

  it('because its preLaunchTask fails: the task runs before leadership, and the lease is not acquired', async () => {
    writeLaunch(folder, { base: { preLaunchTask: 'build' } })
    const task = { label: 'build', type: 'shell', command: `kubectl-leader-no-such-build; exit 3`, problemMatcher: [] }
    writeFileSync(join(folder, '.vscode/tasks.json'), JSON.stringify({ version: '2.0.0', tasks: [task] }))
    await start()
    await window.modal.getByText("The preLaunchTask 'build' terminated with exit code 3.").waitFor()
    await window.answerModal('Abort')
    nothingHappened()
  })

  it('because its debugger is missing: the lease is released', async () => {
    writeLaunch(folder, { base: { type: 'no-such-debugger' } })
    await start()
    await window.answerModal('Debug')
    await window.modal.getByText("Configured debug type 'no-such-debugger' is not supported.").waitFor()
    await window.answerModal('Cancel')
    await window.statusBarItem('checkout').waitFor({ state: 'hidden' })
    expect(starts()).toEqual([])
    expect(spec()).toMatchObject({ holderIdentity: '', leaseTransitions: 5 })
  })

  it('because the person stops while it waits as a standby', async () => {
    await rival('checkout-7d4f-x2k9p_1')
    writeLaunch(folder)
    await start()
    await window.answerModal('Debug')
    await window.statusBarItem('checkout: standby').waitFor()
    await window.picture('debugging-4-standby')
    await window.command('Debug: Stop')
    await window.statusBarItem('checkout').waitFor({ state: 'hidden' })
    expect(starts()).toEqual([])
    expect(holder()).toBe('checkout-7d4f-x2k9p_1')
  })
})

describe('the program is gone before another candidate leads', () => {
  it('if the lease is taken by force', async () => {
    await takeAndPause()
    sandbox.plant(LEASES, {
      metadata: { namespace: NAMESPACE, name: NAME },
      spec: { ...spec(), holderIdentity: 'thief_1', leaseDurationSeconds: 6, renewTime: new Date().toISOString().replace('Z', '000Z') },
    })
    await expect.poll(marked, { interval: 20 }).toEqual([])
    await window.notification('another candidate holds the lease').waitFor()
    await window.picture('debugging-5-taken')
  })

  it('if the extension host is killed', async () => {
    const { left } = await takeAndPause()
    process.kill(workbench.server.extensionHosts()[0]!, 'SIGKILL')
    await expect.poll(() => left.length).toBe(2)
    expect(left[1]).toEqual([])
  })

  it('if the extension host hangs, and the person is told when it goes on', async () => {
    const { left } = await takeAndPause()
    const [host] = workbench.server.extensionHosts()
    process.kill(host!, 'SIGSTOP')
    await expect.poll(() => left.length).toBe(2)
    expect(left[1]).toEqual([])
    process.kill(host!, 'SIGCONT')
    await window.notification('Debugging as the leader of').waitFor()
  })

  it('if the window is closed', async () => {
    const { left } = await takeAndPause()
    await window.close()
    await expect.poll(() => left.length).toBe(2)
    expect(left[1]).toEqual([])
  })
})

describe('Try: Debug as the Leader', () => {
  it('comes to a breakpoint as the leader with F5', async () => {
    const atMs = performance.now()
    await window.command('Try: Debug as the Leader')
    await window.notification('Press F5 in this file').waitFor()
    await window.page.locator('.monaco-editor .view-line').first().click()
    await window.page.keyboard.press('F5')
    await window.answerModal('Take Leadership')
    await window.statusBarItem(/reconciler: paused at a breakpoint, lease held/).waitFor()
    const tookMs = performance.now() - atMs
    console.log(`From the command to the breakpoint: ${Math.round(tookMs / 1000)} s`)
    await window.picture('debugging-6-try')
    await window.command('Debug: Stop')
    await window.statusBarItem('reconciler').waitFor({ state: 'hidden' })
  })
})
