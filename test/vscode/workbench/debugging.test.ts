import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { connect } from '../../../shared/cluster/connection/connection.ts'
import { lockResource } from '../../../shared/cluster/elections/election-collection.ts'
import { apiPath, subjectOf } from '../../../shared/cluster/paths.ts'
import { LeaderElector } from '../../../shared/election/elector.ts'
import { LeaseLock } from '../../../shared/locks/lease-lock.ts'
import { startSandbox, type Sandbox } from '../../../shared/sandbox/index.ts'
import { systemClock } from '../../../shared/time/clock.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import type { Window } from '../support/window.ts'
import { openWorkbench, type Workbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

const LEASES = 'leases.coordination.k8s.io'
const NAMESPACE = 'shop'
const NAME = 'checkout'
const HERE = new RegExp(`^${hostname()}_`)

/**
 * Writes down its process ID and environment, and which of those before it still run, and then, again and again, that it
 * acts; pauses once at a breakpoint.
 */
const PROGRAM = `
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require('node:fs')
const { spawn } = require('node:child_process')
const folder = __dirname
const before = existsSync(folder + '/starts') ? readFileSync(folder + '/starts', 'utf8').trim().split('\\n').map((line) => line.split(' ')[0]) : []
for (const pid of before) if (existsSync('/proc/' + pid) && !/\\) Z/.test(readFileSync('/proc/' + pid + '/stat', 'utf8'))) appendFileSync(folder + '/overlaps', pid + '\\n')
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

/** The watchdogs of this VS Code. */
function watchdogs(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${workbench.profile.folder}/extensions/`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('debug-watchdog.cjs')
    } catch {
      return false
    }
  })
}

/** An extension with a debugger that starts a program by npm, and answers no request to end it. */
function writeStubbornDebugger(extensions: string): void {
  const into = join(extensions, 'test.stubborn-1.0.0')
  mkdirSync(into)
  const list = join(extensions, 'extensions.json')
  const entry = { identifier: { id: 'test.stubborn' }, version: '1.0.0', location: { $mid: 1, path: into, scheme: 'file' }, relativeLocation: 'test.stubborn-1.0.0' }
  writeFileSync(list, JSON.stringify([...(JSON.parse(readFileSync(list, 'utf8')) as object[]), entry]))
  writeFileSync(
    join(into, 'package.json'),
    JSON.stringify({
      ...{ publisher: 'test', name: 'stubborn', version: '1.0.0', engines: { vscode: '*' } },
      contributes: { debuggers: [{ type: 'stubborn', label: 'Stubborn', program: './adapter.js', runtime: process.execPath, configurationAttributes: { launch: { properties: {} } } }] },
    }),
  )
  writeFileSync(
    join(into, 'adapter.js'),
    `process.on('SIGTERM', () => {})
    const send = (message) => process.stdout.write('Content-Length: ' + Buffer.byteLength(JSON.stringify(message)) + '\\r\\n\\r\\n' + JSON.stringify(message))
    let text = ''
    process.stdin.on('data', (bytes) => {
      text += bytes
      for (let found; (found = /Content-Length: (\\d+)\\r\\n\\r\\n/.exec(text)); ) {
        const from = found.index + found[0].length
        const length = Number(found[1])
        if (text.length < from + length) return
        const request = JSON.parse(text.slice(from, from + length))
        text = text.slice(from + length)
        if (request.command === 'disconnect' || request.command === 'terminate') continue
        if (request.command === 'launch') {
          const { program, env } = request.arguments
          require('node:child_process').spawn('npm', ['run', 'start'], { cwd: require('node:path').dirname(program), env: { ...process.env, ...env }, stdio: 'ignore' })
        }
        send({ type: 'response', seq: 0, request_seq: request.seq, command: request.command, success: true, body: request.command === 'threads' ? { threads: [] } : {} })
        if (request.command === 'launch') send({ type: 'event', seq: 0, event: 'initialized' })
      }
    })
    setInterval(() => {}, 1000)`,
  )
}

/** Takes leadership from a rival, and pauses at the breakpoint. */
async function takeAndPause(before: () => void = () => undefined): Promise<{ readonly left: string[][] }> {
  const other = await rival('checkout-7d4f-x2k9p_1')
  before()
  writeLaunch(folder, { leader: { take: true, env: { WITH_CHILDREN: '1' } } })
  await start()
  await window.answerModal('Take Leadership')
  await window.statusBarItem(/paused at a breakpoint, lease held/).waitFor()
  expect(holder()).toMatch(HERE)
  return other
}

/** Until VS Code has read the launch configurations, and knows their debuggers. */
async function readyToDebug(opened: Window, name = 'As the lea'): Promise<void> {
  await opened.activityIcon('Run and Debug').click()
  await opened.page.getByText(name).first().waitFor()
}

/** By its command and not by its key, which does nothing until VS Code knows the debuggers. */
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
    await window.openElections()
    await expect.poll(async () => (await window.elections.find(NAME))?.description).toMatch(/^led by this window · paused at a breakpoint, lease held, (10|9)m left$/)
    await window.elections.clickInline(NAME, 'Show Timeline')
    const timeline = window.page.frameLocator('iframe.webview').frameLocator('#active-frame')
    await timeline.locator('#status', { hasText: /This window: paused at a breakpoint, lease held, (10|9)m left\.$/ }).waitFor()
    await timeline.locator('#picture .pause').waitFor({ state: 'attached' })
    const transitions = spec().leaseTransitions
    await window.command('Debug: Restart')
    await expect.poll(() => starts().length).toBe(2)
    expect(isRunning(first![0]!)).toBe(false)
    expect(spec()).toMatchObject({ holderIdentity: first![1], leaseTransitions: transitions })
    expect(starts()[1]!.slice(1, 3)).toEqual(first!.slice(1, 3))
    await window.statusBarItem(/paused at a breakpoint/).waitFor()
    expect(marked().length).toBeGreaterThan(3)
    await window.command('Debug: Stop')
    await expect.poll(holder).toBe('')
    expect(marked()).toEqual([])
    await window.statusBarItem('checkout').waitFor({ state: 'hidden' })
    await window.picture('debugging-3-ended')
  })
})

describe('a debugger that restarts its program by itself', () => {
  it('keeps the lease and the term, and the old program is gone before the new one starts', async () => {
    const settings = join(workbench.profile.userData, 'User/settings.json')
    writeFileSync(settings, JSON.stringify({ ...(JSON.parse(readFileSync(settings, 'utf8')) as object), 'debug.showSubSessionsInToolBar': true }))
    window = await workbench.openWindow()
    writeLaunch(folder, { leader: { env: { WITH_CHILDREN: '1' } } })
    await readyToDebug(window)
    await start()
    await window.answerModal('Debug')
    await window.statusBarItem(/checkout: paused at a breakpoint, lease held/).waitFor()
    const [transitions, [first]] = [spec().leaseTransitions, starts()]
    await window.command('Debug: Restart')
    await expect.poll(() => starts().length).toBe(2)
    await window.statusBarItem(/checkout: paused at a breakpoint, lease held/).waitFor()
    expect(existsSync(join(folder, 'overlaps'))).toBe(false)
    await window.picture('debugging-8-restarted-natively')
    expect(starts()[1]!.slice(1, 3)).toEqual(first!.slice(1, 3))
    expect(spec()).toMatchObject({ holderIdentity: first![1], leaseTransitions: transitions })
    await window.command('Debug: Stop')
    await expect.poll(holder).toBe('')
    expect(marked()).toEqual([])
  })
})

describe('launch configurations of the same name in two folders', () => {
  it('are each run from their own folder', async () => {
    const other = join(workbench.profile.folder, 'other')
    for (const each of [folder, other]) writeLaunch(each, { base: { args: [each] } })
    const workspace = join(workbench.profile.folder, 'both.code-workspace')
    writeFileSync(workspace, JSON.stringify({ folders: [{ path: 'work' }, { path: 'other' }] }))
    window = await workbench.openWindow(workspace)
    for (const each of [other, workbench.profile.workspace]) {
      folder = each
      await window.find('debug As the leader', each === other ? 'other' : 'work', 'As the leader')
      await window.answerModal('Debug')
      await window.statusBarItem(/checkout: paused at a breakpoint, lease held/).waitFor()
      await window.picture(`debugging-9-folder-${each === other ? 'other' : 'work'}`)
      expect(starts().map(([, identity, , args]) => [identity, args])).toEqual([[holder(), each]])
      await window.command('Debug: Stop')
      await expect.poll(holder).toBe('')
      await window.statusBarItem('checkout').waitFor({ state: 'hidden' })
    }
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

describe('a program that runs without debugging', () => {
  it('is ended at the maximum hold time, which can be extended, or ended from the status bar', async () => {
    writeLaunch(folder, { leader: { maxHold: '30s' } })
    await readyToDebug(window)
    await window.command('Debug: Start Without Debugging')
    await window.answerModal('Debug')
    await window.statusBarItem(/checkout: leading, 0:\d\d left/).waitFor()
    await expect.poll(() => starts().length).toBe(1)
    // Nothing stops it at its breakpoint.
    await expect.poll(() => Number(readFileSync(join(folder, 'acts'), 'utf8'))).toBeGreaterThan(3)
    await window.notification('the program that leads').getByText('Extend by 30s').click()
    await window.statusBarItem(/checkout: leading, 0:[345]\d left/).click()
    await window.quickInput.getByText('ends the program, and then releases the lease').waitFor()
    await window.picture('debugging-7-options')
    await window.pick('Release')
    await expect.poll(holder).toBe('')
    expect(marked()).toEqual([])
    await window.statusBarItem('checkout').waitFor({ state: 'hidden' })

    writeLaunch(folder, { leader: { maxHold: '8s' } })
    await window.command('Debug: Start Without Debugging')
    await window.answerModal('Debug')
    await expect.poll(() => starts().length).toBe(2)
    await window.notification('the program that leads').waitFor()
    expect(isRunning(starts()[1]![0]!)).toBe(true)
    await expect.poll(holder).toBe('')
    expect(marked()).toEqual([])
    await window.notification('the maximum hold time was reached').waitFor()
  })
})

describe('a compound', () => {
  it('starts a program that leads beside one that does not, which is not guarded', async () => {
    writeLaunch(folder, {
      more: [{ type: 'node', request: 'launch', name: 'Other', program: '${workspaceFolder}/program.js', args: ['other'], env: { WITHOUT_PAUSE: '1' } }],
      // Stop ends both, whichever of them has the focus.
      compounds: [{ name: 'Both', configurations: ['As the leader', 'Other'], stopAll: true }],
    })
    await readyToDebug(window)
    await window.find('debug Both', 'Both')
    await window.answerModal('Debug')
    await window.statusBarItem(/checkout: paused at a breakpoint, lease held/).waitFor()
    await expect.poll(() => starts().length).toBe(2)
    expect(starts().map(([, identity]) => identity).toSorted()).toEqual([holder(), 'undefined'].toSorted())
    expect(starts().find(([, , , args]) => args === 'other')![1]).toBe('undefined')
    await window.command('Debug: Stop')
    await expect.poll(holder).toBe('')
    expect(marked()).toEqual([])
  })
})

describe('Debug While Leading…', () => {
  it('runs a launch configuration that the person picks, with its own election off, and saves that', async () => {
    mkdirSync(join(folder, '.vscode'))
    writeFileSync(join(folder, 'program.js'), PROGRAM)
    const base = { type: 'node', request: 'launch', name: 'Controller', program: '${workspaceFolder}/program.js', args: ['--leader-elect'] }
    const file = join(folder, '.vscode/launch.json')
    writeFileSync(file, `{\n  // The controller\n  "version": "0.2.0",\n  "configurations": [\n    ${JSON.stringify(base)}\n  ]\n}\n`)
    await readyToDebug(window, 'Controller')
    await window.openElections()
    await window.elections.row(NAME).click({ button: 'right' })
    await window.chooseFromMenu('Debug While Leading…')
    await window.pick('Controller')
    await window.answerModal('Debug')
    await window.statusBarItem(/paused at a breakpoint, lease held/).waitFor()
    expect(starts()[0]![3]).toBe('--leader-elect,--leader-elect=false')
    await window.notification('F5 can start').getByText('Save in launch.json').click()
    await expect.poll(() => readFileSync(file, 'utf8')).toContain('as the leader')
    const written = readFileSync(file, 'utf8')
    expect(written).toMatch(/^\{\n {2}\/\/ The controller\n/)
    const { configurations } = JSON.parse(written.replace('// The controller', '')) as { readonly configurations: readonly object[] }
    expect(configurations).toEqual([
      base,
      {
        ...{ type: 'kubectl-leader', request: 'launch', name: 'Controller, as the leader', election: `${NAMESPACE}/${NAME}` },
        ...{ context: expect.any(String), take: false, maxHold: '10m', configuration: 'Controller', args: ['--leader-elect=false'] },
      },
    ])
    await window.command('Debug: Stop')
    await expect.poll(holder).toBe('')
  })
})

describe('a debugger that does not end its program, and a program that was started by npm', () => {
  it('are gone before the release', async () => {
    writeStubbornDebugger(workbench.profile.extensions)
    writeLaunch(folder, { leader: { env: { WITH_CHILDREN: '1', WITHOUT_PAUSE: '1' } }, base: { type: 'stubborn' } })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { start: 'node program.js' } }))
    window = await workbench.openWindow()
    await readyToDebug(window)
    await start()
    await window.answerModal('Debug')
    await expect.poll(() => starts().length).toBe(1)
    await expect.poll(() => marked().length).toBeGreaterThan(5)
    await window.command('Debug: Stop')
    await expect.poll(holder).toBe('')
    expect(marked()).toEqual([])
    expect(isRunning(starts()[0]![0]!)).toBe(false)
    expect(spec().leaseTransitions).toBe(5)
  })
})

describe('the program is gone before another candidate leads', () => {
  it('if the lease is deleted', async () => {
    const { left } = await takeAndPause()
    const client = await connect({}, { env: { KUBECONFIG: workbench.profile.kubeconfig }, clock: systemClock, version: '0' })
    scene.defer(() => client.close())
    const [resource, place] = [lockResource('lease'), { namespace: NAMESPACE, name: NAME }]
    await client.request({ method: 'DELETE', path: apiPath(resource, place), subject: subjectOf('delete', resource, place), signal: new AbortController().signal })
    await expect.poll(() => left.length).toBe(2)
    expect(left[1]).toEqual([])
    await window.notification('Debugging as the leader of').waitFor()
  })

  it('if the API server is cut off', async () => {
    const proxy = scene.use(await TcpProxy.open(Number(new URL(sandbox.url).port)))
    const kubeconfig = JSON.stringify(sandbox.kubeconfig())
    const { left } = await takeAndPause(() => workbench.writeKubeconfig(JSON.parse(kubeconfig.replaceAll(new URL(sandbox.url).port, String(proxy.port))) as object))
    proxy.cut()
    await expect.poll(() => left.length).toBe(2)
    expect(left[1]).toEqual([])
    await window.notification('Debugging as the leader of').waitFor()
  })

  it('or acts no more, if the machine sleeps for longer than the lease lasts', async () => {
    const { left } = await takeAndPause()
    const acts = readFileSync(join(folder, 'acts'), 'utf8')
    const asleep = [...marked(), ...watchdogs()].map(Number)
    for (const pid of [-workbench.server.pid, ...asleep]) process.kill(pid, 'SIGSTOP')
    await expect.poll(() => left.length).toBe(2)
    process.kill(-workbench.server.pid, 'SIGCONT')
    // The extension may have ended some of them by now.
    for (const pid of asleep) if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGCONT')
    await expect.poll(marked, { interval: 20 }).toEqual([])
    expect(readFileSync(join(folder, 'acts'), 'utf8')).toBe(acts)
    await window.notification('Debugging as the leader of').waitFor()
  })

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
