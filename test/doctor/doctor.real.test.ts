import { readFileSync } from 'node:fs'
import { connect } from '../../shared/cluster/connection/connection.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { HttpApi } from '../support/http-api.ts'
import { startRealCluster } from '../support/real-cluster.ts'
import { LEASE_READER, VIEWER } from './scene.ts'
import { ACCOUNTS, describeDoctor } from './suite.ts'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const PATIENCE_MS = 30_000

describeDoctor('a real API server', async () => {
  const cluster = await startRealCluster({ users: [VIEWER, LEASE_READER, ...ACCOUNTS] })
  const admin = new HttpApi({ url: cluster.url, ca: readFileSync(cluster.caFile, 'utf8'), token: cluster.adminToken })
  let roles = 0

  /** The authoriser learns of new rules by a watch of its own. */
  const untilAllowed = async (user: string, attributes: object): Promise<void> => {
    const startedAtMs = systemClock.monotonicMs()
    for (;;) {
      const { body } = await admin.post('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user, resourceAttributes: attributes },
      })
      if (body.status.allowed === true) return
      if (systemClock.monotonicMs() - startedAtMs > PATIENCE_MS) throw new Error(`${user} was not granted ${JSON.stringify(attributes)}`)
      await systemClock.sleep(100)
    }
  }

  return {
    admin,
    client: (user) => {
      const kubeconfig = user === undefined ? cluster.kubeconfig : cluster.kubeconfigFor(user)
      return connect({ kubeconfig }, { env: {}, clock: systemClock, version: 'test' })
    },
    async grant(user, namespace, rules) {
      const metadata = { name: `granted-${++roles}`, namespace }
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name }
      const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }]
      await admin.post(`${RBAC}/namespaces/${namespace}/roles`, { metadata, rules })
      await admin.post(`${RBAC}/namespaces/${namespace}/rolebindings`, { metadata, roleRef, subjects })
      for (const { apiGroups, resources, verbs } of rules) {
        await untilAllowed(user, { group: apiGroups.at(-1), resource: apiGroups.length > 1 ? 'leases' : resources[0], verb: verbs[0], namespace })
      }
    },
    [Symbol.asyncDispose]: () => cluster.close(),
  }
})
