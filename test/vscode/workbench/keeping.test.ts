import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { connect } from '../../../shared/cluster/connection/connection.ts'
import { LeaderElector } from '../../../shared/election/elector.ts'
import { LeaseLock } from '../../../shared/locks/lease-lock.ts'
import { startSandbox, type Sandbox } from '../../../shared/sandbox/index.ts'
import { systemClock } from '../../../shared/time/clock.ts'
import type { Window } from '../support/window.ts'
import { openWorkbench, type Workbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

const LEASES = 'leases.coordination.k8s.io'
const NAMESPACE = 'shop'
const NAME = 'checkout'
const LEASE_SECONDS = 10

/** Acts, and pauses at a breakpoint after it has acted for a while, once. */
const PROGRAM = `
const { writeFileSync } = require('node:fs')
let acts = 0
setInterval(() => {
  acts += 1
  writeFileSync(__dirname + '/acts', String(acts))
  if (acts === Number(process.env.PAUSE_AT || 20)) debugger
}, 300)
`

let scene: AsyncDisposableStack
let sandbox: Sandbox
let workbench: Workbench
let window: Window
let folder: string
let acts = ''
let renewedAtMs = 0

const spec = (): { readonly holderIdentity: string; readonly renewTime: string } =>
  (sandbox.peek(LEASES, NAMESPACE, NAME) as { spec: { holderIdentity: string; renewTime: string } }).spec
/** For how long the lease has been renewed by another process than the program; milliseconds. */
const keptForMs = (): number => Date.parse(spec().renewTime) - renewedAtMs

/** The program's own elector: it renews whenever the program acts, if the lease is free or in the program's name. */
function renewAsProgram(): void {
  const file = join(folder, 'acts')
  const now = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (now === acts || now === '') return
  acts = now
  if (!['', 'program'].includes(spec().holderIdentity)) return
  renewedAtMs = systemClock.wallMs()
  const renewTime = new Date(renewedAtMs).toISOString().replace('Z', '000Z')
  const record = { leaseDurationSeconds: LEASE_SECONDS, leaseTransitions: 4, acquireTime: '2026-01-01T00:00:00.000000Z', renewTime }
  sandbox.plant(LEASES, { metadata: { namespace: NAMESPACE, name: NAME }, spec: { holderIdentity: 'program', ...record } })
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
  acts = ''
  const elector = setInterval(renewAsProgram, 50)
  scene.defer(() => clearInterval(elector))
})

afterEach(() => scene.disposeAsync())

/** Another candidate, which leads, and ends its work when it is asked to. */
async function rival(identity: string): Promise<void> {
  const client = await connect({}, { env: { KUBECONFIG: workbench.profile.kubeconfig }, clock: systemClock, version: '0' })
  const over = new AbortController()
  const elector = new LeaderElector({
    ...{ leaseDurationMs: 6_000, renewDeadlineMs: 4_000, retryPeriodMs: 1_000 },
    lock: new LeaseLock(client, { namespace: NAMESPACE, name: NAME }),
    identity,
    rejoin: true,
  })
  const ended = elector.run(over.signal)
  scene.defer(async () => {
    over.abort()
    await ended
    client.close()
  })
  await expect.poll(() => spec().holderIdentity).toBe(identity)
}

function writeLaunch(kept: object): void {
  mkdirSync(join(folder, '.vscode'), { recursive: true })
  writeFileSync(join(folder, 'program.js'), PROGRAM)
  const configurations = [
    { type: 'kubectl-leader', request: 'launch', name: 'Kept', mode: 'keep', election: `${NAMESPACE}/${NAME}`, configuration: 'Program', ...kept },
    { type: 'node', request: 'launch', name: 'Program', program: '${workspaceFolder}/program.js' },
  ]
  writeFileSync(join(folder, '.vscode/launch.json'), JSON.stringify({ version: '0.2.0', configurations }))
}

describe('a program that runs its own election, in keep mode', () => {
  it('takes leadership from another candidate, and keeps it at a breakpoint', async () => {
    await rival('checkout-7d4f-x2k9p_1')
    writeLaunch({ take: true })
    await window.command('Debug: Start Debugging')
    await window.modal.getByText('has no "identity"').waitFor()
    await window.answerModal('Cancel')
    writeLaunch({ take: true, identity: 'program', env: { PAUSE_AT: '60' } })
    await window.command('Debug: Start Debugging')
    await window.modal.getByText('Take leadership of').waitFor()
    await window.picture('keeping-3-take')
    expect(acts).toBe('')
    await window.answerModal('Take Leadership')
    await expect.poll(() => spec().holderIdentity).toBe('program')
    await window.statusBarItem(/checkout: paused at a breakpoint, lease kept, \d+m left/).waitFor()
    await window.picture('keeping-4-taken')
    expect(acts).toBe('60')
    await expect.poll(keptForMs).toBeGreaterThan(1.5 * LEASE_SECONDS * 1000)
    expect(spec().holderIdentity).toBe('program')
    await window.command('Debug: Stop')
  })

  it('keeps its lease at a breakpoint, and renews it by itself again when it runs', async () => {
    writeLaunch({ identity: 'program' })
    await window.command('Debug: Start Debugging')
    await window.modal.getByText('Keep the lease of').waitFor()
    await window.picture('keeping-1-plan')
    await window.answerModal('Debug')
    await expect.poll(() => acts, { timeout: 60_000 }).toBe('20')
    // The stop is that of a session below the one of the launch configuration.
    await expect.poll(keptForMs, { timeout: 60_000 }).toBeGreaterThan(1.5 * LEASE_SECONDS * 1000)
    expect(acts).toBe('20')
    expect(spec().holderIdentity).toBe('program')
    await window.statusBarItem(/checkout: paused at a breakpoint, lease kept, \d+m left/).waitFor()
    await window.openElections()
    await expect.poll(async () => (await window.elections.find(NAME))?.description).toMatch(/paused at a breakpoint, lease kept, \d+m left$/)
    await window.picture('keeping-2-paused')

    await window.command('Debug: Continue')
    await expect.poll(() => Number(acts), { timeout: 60_000 }).toBeGreaterThan(25)
    await window.statusBarItem('lease kept').waitFor({ state: 'hidden' })
    await window.command('Debug: Stop')
    // The debugger of JavaScript tells no process ID, so nothing is released.
    expect(spec().holderIdentity).toBe('program')
  })
})
