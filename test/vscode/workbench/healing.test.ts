import { rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, inject, it } from 'vitest'
import { startSandbox, type AccessRule, type Sandbox } from '../../../shared/sandbox/index.ts'
import { RenewedLeases } from '../support/renewed-leases.ts'
import { openWorkbench, type Workbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

/** For several times the longest pause between two tries to connect, on a busy machine. */
const TIMEOUT_MS = 400_000
const SOON = { timeout: 90_000 }

const READER: readonly AccessRule[] = [
  { verbs: ['get', 'list', 'watch'], apiGroups: ['coordination.k8s.io'], resources: ['leases'] },
]
const ELECTIONS = ['election-0000', 'election-0001', 'election-0002']

let scene: AsyncDisposableStack
let sandbox: Sandbox
let workbench: Workbench

beforeEach(async () => {
  scene = new AsyncDisposableStack()
  sandbox = await startSandbox()
  scene.defer(() => sandbox.close())
  scene.use(new RenewedLeases({ sandbox, namespaces: { shop: ELECTIONS.length } }))
  sandbox.addUser({ name: 'reader', rules: READER })
  workbench = scene.use(await openWorkbench({ extensions, kubeconfig: kubeconfig() }))
  await workbench.window.openElections()
  await expect.poll(look, SOON).toEqual(LIVE)
})

afterEach(() => scene.disposeAsync())

const kubeconfig = (contextName = 'shop-cluster'): object => sandbox.kubeconfig({ user: 'reader', contextName })

/** What the tree tells of the one context that is shown. */
interface Look {
  readonly context: string
  readonly isStale: boolean
  /** What it says is the matter. */
  readonly problem: string
  readonly elections: readonly string[]
  /** Whether it counts down. */
  readonly isCounting: boolean
}

const LIVE: Look = { context: 'shop-cluster', isStale: false, problem: '', elections: ELECTIONS, isCounting: true }

async function look(): Promise<Look> {
  const rows = await workbench.window.elections.rows()
  const [context] = rows.filter(({ level }) => level === 1)
  const problem = rows.find(({ level, isExpanded }) => level === 2 && isExpanded === null)
  const elections = rows.filter(({ label }) => label.startsWith('election-'))
  return {
    context: context?.label ?? '',
    isStale: context?.description.startsWith('stale since ') ?? false,
    problem: problem ? `${problem.label}: ${problem.description}` : '',
    elections: elections.map(({ label }) => label),
    isCounting: elections.some(({ badge }) => /^\d+$/.test(badge)),
  }
}

/** What was known is kept and marked as stale, and this is said to be the matter. */
async function expectStale(problem: RegExp, picture: string): Promise<void> {
  const stale = { ...LIVE, isStale: true, isCounting: false, problem: expect.stringMatching(problem) as string }
  await expect.poll(look, SOON).toEqual(stale)
  await workbench.window.picture(`healing-${picture}-1-stale`)
}

async function expectHealed(picture: string): Promise<void> {
  await expect.poll(look, SOON).toEqual(LIVE)
  await workbench.window.picture(`healing-${picture}-2-healed`)
}

it('continues when the API server is back after a failure', { timeout: TIMEOUT_MS }, async () => {
  await sandbox.stopListening()
  await expectStale(/^Not connected: .*refused the connection/, 'api-server')
  await sandbox.listen()
  await expectHealed('api-server')
})

it('continues with new credentials when the token has expired', { timeout: TIMEOUT_MS }, async () => {
  sandbox.revokeToken('reader')
  // A watch that is open outlives its token; connections don't last for ever.
  sandbox.faults.breakWatches()
  await expectStale(/^Credentials rejected: .*credentials/, 'token')
  sandbox.addUser({ name: 'reader', rules: READER })
  workbench.writeKubeconfig(kubeconfig())
  await expectHealed('token')
})

it('continues when a permission was revoked and granted again', { timeout: TIMEOUT_MS }, async () => {
  const token = tokenIn(kubeconfig())
  sandbox.addUser({ name: 'reader', rules: [], token })
  sandbox.faults.breakWatches()
  await expectStale(/^Not allowed: .*list leases/, 'permission')
  sandbox.addUser({ name: 'reader', rules: READER, token })
  await expectHealed('permission')
})

it('continues when the kubeconfig was deleted and written again', { timeout: TIMEOUT_MS }, async () => {
  rmSync(workbench.profile.kubeconfig)
  await expectStale(/^Invalid kubeconfig: /, 'kubeconfig')
  workbench.writeKubeconfig(kubeconfig())
  await expectHealed('kubeconfig')
})

it('tolerates a half-written kubeconfig', { timeout: TIMEOUT_MS }, async () => {
  writeFileSync(workbench.profile.kubeconfig, JSON.stringify(kubeconfig()).slice(0, 100))
  await expectStale(/^Invalid kubeconfig: /, 'half-written')
  workbench.writeKubeconfig(kubeconfig())
  await expectHealed('half-written')
})

it('shows the other cluster when the context was switched, and the first one again', { timeout: TIMEOUT_MS }, async () => {
  const other = await startSandbox()
  scene.defer(() => other.close())
  scene.use(new RenewedLeases({ sandbox: other, namespaces: { depot: 1 } }))
  workbench.writeKubeconfig(other.kubeconfig({ contextName: 'depot-cluster' }))
  await expect.poll(look, SOON).toEqual({ ...LIVE, context: 'depot-cluster', elections: ['election-0000'] })
  await workbench.window.picture('healing-context-1-switched')
  workbench.writeKubeconfig(kubeconfig())
  await expectHealed('context')
})

function tokenIn(config: object): string {
  const { clusters } = config as { clusters: [{ cluster: { server: string } }] }
  return new URL(clusters[0].cluster.server).pathname.slice(1)
}
