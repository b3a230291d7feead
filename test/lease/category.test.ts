import { expect, it } from 'vitest'
import { categoryOf } from '../../shared/lease/index.ts'

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
])('%s: %s/%s %j', (category, namespace, name, labels) => {
  expect(categoryOf({ namespace, name, labels: labels })).toBe(category)
})
