import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { startSandbox, type Sandbox } from '../../../shared/sandbox/index.ts'
import { systemClock } from '../../../shared/time/index.ts'
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
  if (acts === 20) debugger
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

/** The program's own elector: it renews whenever the program acts. */
function renewAsProgram(): void {
  const file = join(folder, 'acts')
  const now = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (now === acts || now === '') return
  acts = now
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
  const elector = setInterval(renewAsProgram, 50)
  scene.defer(() => clearInterval(elector))
})

afterEach(() => scene.disposeAsync())

describe('a program that runs its own election, in keep mode', () => {
  it('keeps its lease at a breakpoint, and renews it by itself again when it runs', async () => {
    mkdirSync(join(folder, '.vscode'), { recursive: true })
    writeFileSync(join(folder, 'program.js'), PROGRAM)
    const configurations = [
      { type: 'kubectl-leader', request: 'launch', name: 'Kept', mode: 'keep', election: `${NAMESPACE}/${NAME}`, identity: 'program', configuration: 'Program' },
      { type: 'node', request: 'launch', name: 'Program', program: '${workspaceFolder}/program.js' },
    ]
    writeFileSync(join(folder, '.vscode/launch.json'), JSON.stringify({ version: '0.2.0', configurations }))
    await window.command('Debug: Start Debugging')
    await window.modal.getByText('Keep the lease of').waitFor()
    await window.picture('keeping-1-plan')
    await window.answerModal('Debug')
    await expect.poll(() => acts, { timeout: 60_000 }).toBe('20')
    // The stop is that of a session below the one of the launch configuration.
    await expect.poll(keptForMs, { timeout: 60_000 }).toBeGreaterThan(1.5 * LEASE_SECONDS * 1000)
    expect(acts).toBe('20')
    expect(spec().holderIdentity).toBe('program')
    await window.picture('keeping-2-paused')

    await window.command('Debug: Continue')
    await expect.poll(() => Number(acts), { timeout: 60_000 }).toBeGreaterThan(25)
    await window.command('Debug: Stop')
    // The debugger of JavaScript tells no process ID, so nothing is released.
    expect(spec().holderIdentity).toBe('program')
  })
})
