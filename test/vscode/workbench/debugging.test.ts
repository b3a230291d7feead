import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { startSandbox, type Sandbox } from '../../../shared/sandbox/index.ts'
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
    await window.command('Debug: Stop')
    await expect.poll(holder).toBe('')
    expect(marked()).toEqual([])
    await window.statusBarItem('checkout').waitFor({ state: 'hidden' })
    await window.picture('debugging-3-ended')
  })
})
