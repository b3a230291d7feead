import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Locator } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { connect } from '../../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../../shared/cluster/client.ts'
import { LeaderElector } from '../../../shared/election/elector.ts'
import { LeaseLock } from '../../../shared/locks/lease-lock.ts'
import { startSandbox, type Sandbox } from '../../../shared/sandbox/index.ts'
import { systemClock } from '../../../shared/time/clock.ts'
import { isThere } from '../support/elections-view.ts'
import type { Window } from '../support/window.ts'
import { openWorkbench, type Workbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

const LEASES = 'leases.coordination.k8s.io'
const NAMESPACE = 'shop'
const NAME = 'checkout'
const CONTEXT = 'sandbox'
/** What every test's candidates use: others than the defaults, and long enough for a busy machine to renew in time. */
const TIMINGS = { leaseDurationMs: 12_000, renewDeadlineMs: 8_000, retryPeriodMs: 2_000 }
const HERE = new RegExp(`^${hostname()}_`)

interface Spec {
  readonly holderIdentity: string
  readonly leaseDurationSeconds: number
  readonly leaseTransitions: number
  readonly renewTime: string
}

let scene: AsyncDisposableStack
let sandbox: Sandbox
let workbench: Workbench
let window: Window

async function open(settings: Readonly<Record<string, unknown>> = {}): Promise<void> {
  workbench = scene.use(await openWorkbench({ extensions, kubeconfig: sandbox.kubeconfig(), settings }))
  window = workbench.window
  await window.openElections()
  await window.elections.row(NAME).waitFor()
}

beforeEach(async () => {
  scene = new AsyncDisposableStack()
  sandbox = await startSandbox()
  scene.defer(() => sandbox.close())
  sandbox.plant('namespaces', { metadata: { name: NAMESPACE }, status: { phase: 'Active' } })
  sandbox.plant(LEASES, { metadata: { namespace: NAMESPACE, name: NAME }, spec: { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 4 } })
})

afterEach(() => scene.disposeAsync())

const spec = (): Spec => (sandbox.peek(LEASES, NAMESPACE, NAME) as { spec: Spec }).spec
const holder = (): string => spec().holderIdentity
const described = async (of = window): Promise<string> => (await of.elections.find(NAME))?.description ?? ''

/** Another candidate, until the test ends. */
async function rival(identity: string): Promise<AbortController> {
  const env = { KUBECONFIG: workbench.profile.kubeconfig }
  const client: ApiClient = await connect({}, { env, clock: systemClock, version: '0' })
  const over = new AbortController()
  const elector = new LeaderElector({
    ...TIMINGS,
    lock: new LeaseLock(client, { namespace: NAMESPACE, name: NAME }),
    identity,
    onStartedLeading: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  })
  const ended = elector.run(over.signal)
  scene.defer(async () => {
    over.abort()
    await ended
    client.close()
  })
  return over
}

async function askToJoin(): Promise<void> {
  await window.elections.openMenu(NAME)
  await window.chooseFromMenu('Join Election')
}

/** Answers what *Join Election* asks, with the timings above. */
async function joinByHand(maxHold: string): Promise<void> {
  await askToJoin()
  await window.pick('Join with custom timings')
  const seconds = Object.values(TIMINGS).map((ms) => `${ms / 1000}s`)
  for (const answer of [...seconds, maxHold]) await window.answer(answer)
  await window.answerModal('Join')
}

describe('join from a row', () => {
  it('leads a free election, shows that in the status bar and on the row, and releases the lease when it leaves', async () => {
    await open()
    await askToJoin()
    await window.quickInput.getByText('Lead from this window').waitFor()
    await window.picture('joining-1-how')
    await window.pick('Lead from this window')
    await window.modal.waitFor()
    await window.picture('joining-2-plan')
    await window.answerModal('Join')
    await window.statusBarItem(/checkout: leading, 9:\d\d left/).waitFor()
    expect(holder()).toMatch(HERE)
    expect(spec()).toMatchObject({ leaseDurationSeconds: 15, leaseTransitions: 5 })
    await expect.poll(() => described()).toMatch(/^led by this window/)
    await window.picture('joining-3-leading')
    await window.statusBarItem('checkout: leading').click()
    await window.picture('joining-3-actions')
    await window.pick('Extend by 10 Minutes')
    await window.statusBarItem(/checkout: leading, 19:\d\d left/).waitFor()
    await window.elections.clickInline(NAME, 'Leave Election')
    // While VS Code reads a row anew, it does not say whose icon was clicked. The extension then asks.
    const asked = window.quickInput.locator('.monaco-list-row', { hasText: `${NAME} in context` })
    const isLeft = async (): Promise<boolean> => !(await window.statusBarItem(NAME).isVisible())
    await expect.poll(async () => (await asked.isVisible()) || (await isLeft())).toBe(true)
    if (await asked.isVisible()) await asked.click()
    await window.statusBarItem(NAME).waitFor({ state: 'hidden' })
    expect(spec()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 5 })
    await expect.poll(() => described()).toMatch(/^none/)
  })

  it('waits as a standby, and leads as soon as the leader releases the lease', async () => {
    await open()
    const other = await rival('checkout-7d4f-x2k9p_1')
    await expect.poll(holder).toBe('checkout-7d4f-x2k9p_1')
    await joinByHand('0')
    await window.statusBarItem('checkout: standby').waitFor()
    await window.picture('joining-4-standby')
    other.abort()
    await window.statusBarItem(/checkout: leading$/).waitFor()
    expect(holder()).toMatch(HERE)
    expect(spec().leaseDurationSeconds).toBe(TIMINGS.leaseDurationMs / 1000)
  })

  it('takes leadership from another leader, once that leader has stopped', async () => {
    await open()
    await rival('checkout-7d4f-x2k9p_1')
    await expect.poll(holder).toBe('checkout-7d4f-x2k9p_1')
    await expect.poll(() => described()).toMatch(/x2k9p/)
    await askToJoin()
    await window.pick('Take leadership now')
    await window.modal.waitFor()
    await window.picture('joining-11-take')
    await window.answerModal('Take Leadership')
    await window.statusBarItem(/checkout: leading/).waitFor()
    expect(holder()).toMatch(HERE)
    await window.picture('joining-12-taken')
  })

  it('releases the lease after the maximum hold time, and waits as a standby', async () => {
    await open()
    await joinByHand('9s')
    await window.statusBarItem(/checkout: leading, 0:0\d left/).waitFor()
    await expect.poll(holder).toBe('')
    await window.statusBarItem('checkout: standby').waitFor()
  })

  it('does not join if the person cancels', async () => {
    await open()
    await askToJoin()
    await window.pick('Lead from this window')
    await window.answerModal('Cancel')
    expect(await window.statusBarItem(NAME).count()).toBe(0)
    expect(holder()).toBe('')
  })

  it('shows in a second window that this machine leads', async () => {
    await open()
    await joinByHand('0')
    await window.statusBarItem('checkout: leading').waitFor()
    const second = await workbench.openWindow()
    await second.openElections()
    await second.elections.row(NAME).waitFor()
    expect(await described(second)).toMatch(/^led from this machine/)
    expect(await second.statusBarItem(NAME).count()).toBe(0)
    await second.picture('joining-5-second-window')
  })
})

describe('a command', () => {
  /** Runs a command that writes its process id and identity, from the row's menu. */
  async function runWorker(): Promise<{ readonly pid: () => string; readonly identity: () => string }> {
    const file = join(workbench.profile.folder, 'started')
    await askToJoin()
    await window.pick('Run a command as a task while leading')
    await window.answer(`echo "$$ $LEADER_IDENTITY" > ${file}; sleep 1000`)
    const words = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ') : [])
    return { pid: () => words()[0] ?? '', identity: () => words()[1] ?? '' }
  }

  it('runs as a task after a confirmation, is in the status bar with the time that is left, and is left from there', async () => {
    await open()
    const { pid, identity } = await runWorker()
    await window.modal.getByText(`Join ${NAMESPACE}/${NAME} in context ${CONTEXT}?`).waitFor()
    await window.modal.getByText(/its command runs, for at most 10m per term/).waitFor()
    await window.picture('joining-6-question')
    expect(holder()).toBe('')
    await window.answerModal('Join')
    await expect.poll(pid).toBeTruthy()
    expect(holder()).toBe(identity())
    await window.statusBarItem(/checkout: leading, 9:\d\d left/).waitFor()
    await window.notification(`The task is now the leader of ${NAMESPACE}/${NAME} in context ${CONTEXT}`).waitFor()
    await window.picture('joining-6-task')
    await window.statusBarItem('checkout: leading').click()
    await window.pick('Leave')
    await window.statusBarItem(NAME).waitFor({ state: 'hidden' })
    expect(holder()).toBe('')
    expect(existsSync(`/proc/${pid()}`)).toBe(false)
    // The terminal stays, with what the command and the candidate said.
    await window.page.locator('.terminal-wrapper.active').waitFor()
    await window.picture('joining-6-task-left')
  })

  it('has ended before the lease is released when its terminal is closed', async () => {
    await open()
    const { pid } = await runWorker()
    await window.answerModal('Join')
    await expect.poll(pid).toBeTruthy()
    await window.command('Terminal: Kill All Terminals')
    await expect.poll(holder).toBe('')
    expect(existsSync(`/proc/${pid()}`)).toBe(false)
    await window.statusBarItem(NAME).waitFor({ state: 'hidden' })
  })

  it('takes leadership from another leader, after a question with the plan', async () => {
    await open()
    await rival('checkout-7d4f-x2k9p_1')
    await expect.poll(() => described()).toMatch(/x2k9p/)
    const { pid, identity } = await runWorker()
    await window.pick('Take leadership now')
    await window.modal.getByText('Current leader: checkout-7d4f-x2k9p_1').waitFor()
    await window.picture('joining-6-task-take')
    await window.answerModal('Take Leadership')
    await expect.poll(pid).toBeTruthy()
    expect(holder()).toBe(identity())
    await window.statusBarItem(/checkout: leading/).waitFor()
  })

  it('in tasks.json asks in its terminal, and is a joined election like others', async () => {
    await open()
    const folder = join(workbench.profile.folder, 'with-tasks')
    const file = join(workbench.profile.folder, 'from-tasks')
    const task = { label: 'lead', type: 'kubectl-leader', election: NAME, namespace: NAMESPACE, command: `touch ${file}; sleep 1000`, maxHold: '5m' }
    mkdirSync(join(folder, '.vscode'), { recursive: true })
    writeFileSync(join(folder, '.vscode/tasks.json'), JSON.stringify({ version: '2.0.0', tasks: [task] }))
    window = await workbench.openWindow(folder)
    await window.openElections()
    await window.elections.row(NAME).waitFor()
    await window.command('Tasks: Run Task')
    await window.pick('lead')
    await window.statusBarItem('checkout: standby').waitFor()
    await window.picture('joining-6-tasks-json')
    expect(existsSync(file)).toBe(false)
    await window.page.locator('.terminal-wrapper.active').click()
    await window.page.keyboard.type('y\n')
    await expect.poll(() => existsSync(file)).toBe(true)
    await window.statusBarItem(/checkout: leading, 4:\d\d left/).waitFor()
  })

  /** Opens a folder whose settings name a command. */
  async function openFolderWith(joinCommand: string): Promise<void> {
    const folder = join(workbench.profile.folder, 'theirs')
    mkdirSync(join(folder, '.vscode'), { recursive: true })
    writeFileSync(join(folder, '.vscode/settings.json'), JSON.stringify({ 'kubectlLeader.joinCommand': joinCommand }))
    window = await workbench.openWindow(folder)
    await window.openElections()
    await window.elections.row(NAME).waitFor()
  }

  it('is the one in the settings', async () => {
    await open()
    await openFolderWith('echo hello > ~/started; sleep 1000')
    await askToJoin()
    await window.pick('Run "echo hello')
    await window.answerModal('Join')
    await expect.poll(() => existsSync(join(workbench.profile.home, 'started'))).toBe(true)
  })

  it('is neither offered nor taken from the settings of an untrusted folder', async () => {
    // A banner that comes late moves everything, which closes a menu that is open.
    const quietly = { 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' }
    await open({ 'security.workspace.trust.enabled': true, ...quietly })
    await openFolderWith('rm -rf everything')
    await askToJoin()
    await window.quickInput.getByText('Lead from this window').waitFor()
    await window.picture('joining-7-untrusted')
    const offered = await window.quickInput.locator('.monaco-list-row').allTextContents()
    expect(offered).toHaveLength(2)
    expect(offered.join()).not.toMatch(/command|everything/)
  })
})

/** Chooses from the extension's menu in the list of extensions, again while that has no effect: VS Code may still be reading the list. */
async function chooseOfExtension(title: string, effect: Locator): Promise<void> {
  await window.command('Extensions: Show Installed Extensions')
  const hasEffect = async (): Promise<boolean> => {
    if (await effect.isVisible()) return true
    await window.page.locator('.extension-list-item', { hasText: 'Leader' }).first().click({ button: 'right' })
    const entry = window.menu.filter({ hasText: title }).first()
    if (await isThere(entry, 5_000)) await window.chooseFromMenu(title)
    await window.page.keyboard.press('Escape')
    return isThere(effect, 10_000)
  }
  await expect.poll(hasEffect).toBe(true)
}

describe('the election is left and the lease released', () => {
  beforeEach(async () => {
    await open()
    await joinByHand('0')
    await window.statusBarItem('checkout: leading').waitFor()
    expect(holder()).toMatch(HERE)
  })

  it('when the window is closed in the ordinary way', async () => {
    await window.close()
    await expect.poll(spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 })
  })

  it('when the extension is disabled', async () => {
    // On a desktop it is "Restart Extensions".
    const reload = window.page.getByRole('button', { name: 'Reload Window' }).first()
    await chooseOfExtension('Disable', reload)
    await window.picture('joining-8-disabled')
    await reload.click()
    await expect.poll(spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 })
  })

  it('when the extension is uninstalled', async () => {
    await chooseOfExtension('Uninstall', window.page.locator('.extension-list-item', { hasText: 'Restart Required' }))
    await window.picture('joining-9-uninstalled')
    await window.command('Developer: Reload Window')
    await expect.poll(spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 })
  })
})

describe('an extension host that is killed', () => {
  it('writes no more, and its lease expires for the next candidate', async () => {
    await open()
    await joinByHand('0')
    await window.statusBarItem('checkout: leading').waitFor()
    await rival('next_1')
    const [pid] = workbench.server.extensionHosts()
    process.kill(pid!, 'SIGKILL')
    await delay(200)
    const last = spec()
    expect(last.holderIdentity).toMatch(HERE)
    await expect.poll(holder, { interval: 20 }).toBe('next_1')
    expect(spec().leaseTransitions).toBe(last.leaseTransitions + 1)
    await window.picture('joining-10-killed')
  })
})
