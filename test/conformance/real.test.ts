import { readFileSync } from 'node:fs'
import { vi } from 'vitest'
import { HttpApi } from '../support/http-api.ts'
import { startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { describeConformance } from './suite.ts'
import { NAMESPACE, OTHER_NAMESPACE, USERS, type GrantedRule } from './target.ts'

// Without the programs this fails: it is the point of the suite to run against them.
describeConformance('kube-apiserver', async () => {
  const cluster = await startRealCluster({ users: Object.keys(USERS) })
  const admin = new HttpApi({ url: cluster.url, ca: readFileSync(cluster.caFile, 'utf8'), token: cluster.adminToken })
  console.log(`kube-apiserver ${cluster.version}`)
  for (const name of [NAMESPACE, OTHER_NAMESPACE]) await create(admin, '/api/v1/namespaces', { metadata: { name } })
  for (const [user, rules] of Object.entries<readonly GrantedRule[]>(USERS)) {
    for (const [index, rule] of rules.entries()) await grant(admin, user, `${user}-${index}`, rule)
  }
  for (const [user, rules] of Object.entries<readonly GrantedRule[]>(USERS)) {
    for (const rule of rules) await untilGranted(admin.as(cluster.tokenFor(user)), rule)
  }
  return {
    admin,
    as: (user) => admin.as(cluster.tokenFor(user)),
    forgetPast: () => forgetPast(cluster, admin),
    close: () => cluster.close(),
  }
})

async function create(admin: HttpApi, path: string, body: object): Promise<void> {
  const { status, text } = await admin.post(path, body)
  if (status !== 201) throw new Error(`POST ${path}: ${status} ${text}`)
}

const RBAC = '/apis/rbac.authorization.k8s.io/v1'

async function grant(admin: HttpApi, user: string, name: string, rule: GrantedRule): Promise<void> {
  const { namespaces, ...policy } = rule
  const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }]
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }
  await create(admin, `${RBAC}/clusterroles`, { metadata: { name }, rules: [policy] })
  if (!namespaces) {
    await create(admin, `${RBAC}/clusterrolebindings`, { metadata: { name }, subjects, roleRef })
    return
  }
  for (const namespace of namespaces) {
    await create(admin, `${RBAC}/namespaces/${namespace}/rolebindings`, { metadata: { name }, subjects, roleRef })
  }
}

/** The authoriser learns of new rules by a watch of its own. */
async function untilGranted(user: HttpApi, rule: GrantedRule): Promise<void> {
  const resourceAttributes = {
    verb: rule.verbs[0],
    group: rule.apiGroups[0],
    resource: rule.resources[0],
    name: rule.resourceNames?.[0],
    namespace: rule.namespaces?.[0],
  }
  const review = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  await vi.waitFor(
    async () => {
      const { body } = await user.post(review, { spec: { resourceAttributes } })
      if (!body.status.allowed) throw new Error(`${JSON.stringify(resourceAttributes)} is not granted`)
    },
    { timeout: 30_000, interval: 100 },
  )
}

/** etcd forgets by compaction, and the API server's watch cache by a restart. */
async function forgetPast(cluster: RealCluster, admin: HttpApi): Promise<void> {
  const { body } = await admin.get('/api/v1/namespaces', { query: { limit: 1 } })
  const reply = await fetch(`${cluster.etcdUrl}/v3/kv/compaction`, {
    method: 'POST',
    body: JSON.stringify({ revision: body.metadata.resourceVersion, physical: true }),
  })
  if (!reply.ok) throw new Error(`etcd did not compact: ${reply.status} ${await reply.text()}`)
  await cluster.restart('kube-apiserver')
}
