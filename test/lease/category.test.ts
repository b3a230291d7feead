import { expect, it } from 'vitest'
import { categoryOf, type Category } from '../../shared/lease/category.ts'
import { electionFromLease } from '../../shared/lease/election.ts'

it.each([
  ['election', 'default', 'my-controller', {}],
  ['election', 'kube-system', 'kube-scheduler', {}],
  ['election', 'kube-system', 'apiserver-operator', {}],
  ['election', 'default', 'impostor', { 'apiserver.kubernetes.io/identity': 'kube-apiserver' }],
  ['node', 'kube-node-lease', 'node-1', {}],
  ['apiserver', 'kube-system', 'apiserver-x', { 'apiserver.kubernetes.io/identity': 'kube-apiserver' }],
  ['apiserver', 'kube-system', 'kube-apiserver-c4vwjftbvpc5os2vvzle4qg27a', { 'k8s.io/component': 'kube-apiserver' }],
  ['other', 'db', 'pg', { 'cnpg.io/cluster': 'pg' }],
  ['other', 'db', 'pg-leader', { application: 'spilo' }],
  ['election', 'db', 'web', { application: 'web' }],
  ['other', 'etcd', 'etcd-main-0', { 'app.kubernetes.io/component': 'etcd-member-lease' }],
  ['other', 'kube-system', 'konnectivity-proxy-server-x', { 'k8s-app': 'konnectivity-server' }],
  ['other', 'cluster1', 'managed-cluster-lease', {}],
  ['other', 'karmada-cluster', 'member1', {}],
  ['other', 'medik8s-leases', 'node-worker01', {}],
  ['other', 'infra', 'lock-tfstate-default-app', { tfstate: 'true' }],
  ['election', 'infra', 'lock-tfstate-default-app', {}],
  ['election', 'infra', 'terraform-controller', { tfstate: 'true' }],
])('%s: %s/%s %j', (category, namespace, name, labels) => {
  expect(categoryOf({ namespace, name, labels: labels })).toBe(category)
})

const HEARTBEAT = { leaseDurationSeconds: 60, renewTime: '2026-01-01T00:00:00.000000Z' }
const NODE = { apiVersion: 'v1', kind: 'Node', name: 'Worker01', uid: 'u' }

it.each<[Category, what: string, metadata: object, spec?: unknown]>([
  ['other', 'that says when a webhook last answered', { name: 'kyverno-health', annotations: { 'kyverno.io/last-request-time': '' } }],
  ['election', 'with but its name', { name: 'kyverno-health' }],
  ['election', 'of that program', { name: 'kyverno', annotations: { 'kyverno.io/last-request-time': '' } }],
  ['other', "that is the lock of its owner, a node", { name: 'node-worker01', ownerReferences: [NODE] }, { holderIdentity: 'node-maintenance' }],
  ['election', 'that a node owns', { name: 'per-node-controller', ownerReferences: [NODE] }],
  ['election', 'that something called Node owns', { name: 'node-worker01', ownerReferences: [{ ...NODE, apiVersion: 'example.com/v1' }] }],
  ['other', 'of a share manager', { name: 'pvc-1', ownerReferences: [{ apiVersion: 'longhorn.io/v1beta2', kind: 'ShareManager', name: 'pvc-1' }] }],
  ['election', 'whose owners are nothing', { name: 'x', ownerReferences: [null, 'text', {}] }],
  // Nobody holds a heartbeat, and nobody ever acquired it.
  ['other', 'that is renewed and has no holder', { name: 'application-manager' }, HEARTBEAT],
  ['election', 'with a holder that writes no more', { name: 'x' }, { ...HEARTBEAT, holderIdentity: 'a' }],
  ['election', 'that was released', { name: 'x' }, { ...HEARTBEAT, holderIdentity: '' }],
  ['election', 'whose holder was removed by hand', { name: 'x' }, { ...HEARTBEAT, holderIdentity: null, acquireTime: HEARTBEAT.renewTime }],
  ['election', 'whose holder was removed, but not the count', { name: 'x' }, { ...HEARTBEAT, leaseTransitions: 0 }],
  ['election', 'with nothing in it', { name: 'x' }, {}],
  ['election', 'without a spec', { name: 'x' }],
  ['election', 'with the longest name and the highest count', { name: 'a'.repeat(253) }, { holderIdentity: '{"podName":"a-0"}', leaseTransitions: 2_147_483_647 }],
  ['election', 'one of many buckets', { name: 'controller.knative.dev.serving.pkg.reconciler.00-of-02' }, { ...HEARTBEAT, holderIdentity: 'a_b' }],
])('%s: a lease %s', (category, _what, metadata, spec) => {
  expect(electionFromLease({ metadata: { namespace: 'team-a', ...metadata }, spec }).category).toBe(category)
})

it('a lease that is being deleted says since when, and what it waits for', () => {
  const deletionTimestamp = '2026-01-01T00:00:00Z'
  const read = (metadata: object): unknown => electionFromLease({ metadata }).deletion
  expect(read({ deletionTimestamp, finalizers: ['example.com/hold'] })).toEqual({ timestamp: deletionTimestamp, finalizers: ['example.com/hold'] })
  expect(read({ deletionTimestamp })).toEqual({ timestamp: deletionTimestamp, finalizers: [] })
  expect(read({ finalizers: ['example.com/hold'] })).toBeNull()
})
