import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { connectTo } from '../bench/leases.ts'
import { BUILT_CLI, runBuilt } from '../support/built-cli.ts'
import { startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { Terminal } from '../support/terminal.ts'
import { HandWrittenLeader } from './hand-written-leader.ts'

/** Failovers that do not begin, on a real kube-apiserver: with which exit code, in which words, and nothing is written. */
let cluster: RealCluster
let client: ApiClient
let env: { KUBECONFIG: string }

/** What each may do with leases. */
const GRANTS = { blind: [], reader: ['get', 'list', 'watch'], writer: ['get', 'update'] } as const

beforeAll(async () => {
  cluster = await startRealCluster({ users: Object.keys(GRANTS) })
  client = await connectTo(cluster.kubeconfig)
  env = { KUBECONFIG: cluster.kubeconfig }
  const record = JSON.stringify({ holderIdentity: 'old', leaseDurationSeconds: 3600, leaderTransitions: 1 })
  const items = [
    ...Object.entries(GRANTS).flatMap(([user, verbs]) => (verbs.length === 0 ? [] : grant(user, verbs))),
    lease('held'),
    lease('free', { holderIdentity: '' }),
    lease('silent', { leaseDurationSeconds: 2 }),
    lease('endless', { leaseDurationSeconds: undefined }),
    lease('cluster', {}, { labels: { 'cnpg.io/cluster': 'postgres' } }),
    lease('node-1', {}, { namespace: 'kube-node-lease' }),
    lease('apiserver-1', {}, { namespace: 'kube-system', labels: { 'k8s.io/component': 'kube-apiserver' } }),
    lease('half'),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'half', annotations: { 'control-plane.alpha.kubernetes.io/leader': record } } },
  ]
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
}, 600_000)

afterAll(async () => {
  client.close()
  await cluster.close()
})

function grant(name: string, verbs: readonly string[]): object[] {
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const rules = [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs }]
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name }
  return [
    { apiVersion, kind: 'Role', metadata: { name }, rules },
    { apiVersion, kind: 'RoleBinding', metadata: { name }, roleRef, subjects: [{ kind: 'User', name }] },
  ]
}

function lease(name: string, spec: object = {}, metadata: object = {}): object {
  const now = new Date().toISOString().replace('Z', '000Z')
  const held = { holderIdentity: 'old', leaseDurationSeconds: 3600, leaseTransitions: 1, acquireTime: now, renewTime: now }
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, ...metadata }, spec: { ...held, ...spec } }
}

/** Every lease and configmap, with what was written last. */
function versions(): Promise<string> {
  const columns = '-o=custom-columns=:kind,:metadata.name,:metadata.resourceVersion'
  return cluster.kubectl(['get', 'leases,configmaps', '--all-namespaces', columns])
}

describe('is refused, and nothing is written:', () => {
  it.each<[string, { name: string; flags?: string[]; user?: keyof typeof GRANTS }, number, RegExp]>([
    ['who may not read it', { name: 'held', user: 'blind' }, 4, /\bget\b.*leases\.coordination\.k8s\.io/],
    ['who may not write it', { name: 'held', user: 'reader' }, 4, /\bupdate\b.*leases\.coordination\.k8s\.io/],
    ['who may not delete the Pod', { name: 'held', user: 'writer', flags: ['--delete-pod'] }, 4, /\bdelete\b.*\bpods\b/],
    ["a node's heartbeat", { name: 'node-1', flags: ['-n', 'kube-node-lease'] }, 2, /node's heartbeat\. To override this check, pass --force\./],
    ["an API server's identity", { name: 'apiserver-1', flags: ['-n', 'kube-system'] }, 2, /API server's identity\. To override this check, pass --force\./],
    ["a database's lock", { name: 'cluster' }, 2, /used for something other than leader election\. To override this check, pass --force\./],
    ['half of a multi-lock', { name: 'half' }, 2, /multi-lock/],
    ['half of a multi-lock, by force', { name: 'half', flags: ['--force'] }, 2, /multi-lock/],
    ['nobody holds it', { name: 'free' }, 2, /has no holder/],
    ['there is none', { name: 'missing' }, 2, /There is no lease "missing"/],
    ['its holder does not renew it', { name: 'silent' }, 2, /has not renewed .* use release/],
    ['nobody can tell when its holder must have stopped', { name: 'endless' }, 2, /no lease duration/],
    ['whom it is to go to leads', { name: 'held', flags: ['--to=old'] }, 2, /is already the leader of/],
  ])('%s', async (_why, { name, flags = [], user }, code, words) => {
    const before = await versions()
    const KUBECONFIG = user ? cluster.kubeconfigFor(user) : cluster.kubeconfig
    const run = await runBuilt(['failover', name, '--yes', ...flags], { KUBECONFIG })
    expect(run.stderr).toMatch(words)
    expect(run.code).toBe(code)
    expect(await versions()).toBe(before)
  })

  it.each([[[]], [['-o', 'json']], [['--force']]])('nobody has confirmed, and there is nobody to ask (%j)', async (flags) => {
    const before = await versions()
    const run = await runBuilt(['failover', 'held', ...flags], env)
    expect(run).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/no terminal to ask on\. Pass --yes .* No changes were made\.\n$/) })
    expect(await versions()).toBe(before)
  })
})

describe('where no other candidate is known', () => {
  it('--yes is not enough', async () => {
    await using leader = await HandWrittenLeader.hold(client, 'lonely')
    const { code, stdout, stderr } = await runBuilt(['failover', 'lonely', '--yes'], env)
    expect(stdout).toContain('none known (a lease does not record standbys)')
    expect(stderr).toMatch(/No other candidate is known .* pass --force, or name one with --to\. No changes were made\.\n$/)
    expect(code).toBe(2)
    expect(leader.disturbances).toBe(0)
  })

  it.each([
    ['no', ['n', 'Enter'], /Not moved\. No changes were made\.\s+ended with 2/],
    ['nothing', ['Enter'], /Not moved\. No changes were made\.\s+ended with 2/],
    ['Ctrl-C', ['C-c'], /\[y\/N\] \^C\s*\nNot moved\. No changes were made\.\s+ended with 130/],
  ])('it is asked for by itself, and %s leaves all as it is', async (_answer, keys, words) => {
    await using leader = await HandWrittenLeader.hold(client, `asked-${keys.length}-${keys[0]!.toLowerCase()}`)
    const name = `asked-${keys.length}-${keys[0]!.toLowerCase()}`
    const command = `trap : INT; ${process.execPath} ${BUILT_CLI} failover ${name}; echo "ended with $?"`
    const terminal = await Terminal.open(['sh', '-c', command], { env, columns: 200 })
    try {
      await terminal.shows('No other candidate is known. Move leadership anyway? [y/N]')
      await terminal.press(...keys)
      await terminal.shows(words)
    } finally {
      await terminal.close()
    }
    expect(leader.disturbances).toBe(0)
  })
})

describe('--dry-run', () => {
  it.each([
    ['client', 'writer', 0, /No changes were made \(--dry-run=client\)/],
    ['server', 'writer', 0, /The API server accepted the dry run\. No changes were made \(--dry-run=server\)/],
    ['server', 'reader', 4, /\bupdate\b/],
  ] as const)('=%s as %s ends with %i and writes nothing', async (where, user, code, words) => {
    await using leader = await HandWrittenLeader.hold(client, `dry-${where}-${user}`)
    const run = await runBuilt(['failover', `dry-${where}-${user}`, `--dry-run=${where}`], { KUBECONFIG: cluster.kubeconfigFor(user) })
    expect(run.stderr).toMatch(words)
    expect(run.code).toBe(code)
    expect(leader.disturbances).toBe(0)
    expect(await leader.holder()).toBe('old')
  })
})
