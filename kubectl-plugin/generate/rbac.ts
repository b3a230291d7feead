import type { ClusterLockKind } from '../election-name.ts'
import type { Manifest } from './manifest.ts'

/** Whom to allow to stand in which election. */
export interface RbacOptions {
  readonly namespace: string
  /** The election. */
  readonly name: string
  readonly lock: ClusterLockKind
  readonly serviceAccount: string
  /** Whether to make the service account too; otherwise it is there already. */
  readonly isNewAccount: boolean
  /** Whether to allow watching. Without it, candidates poll, as client-go's always do. */
  readonly mayWatch: boolean
  /** Whether to allow recording who became the leader and who stopped. */
  readonly mayRecordEvents: boolean
}

/** A rule of RBAC. */
export interface PolicyRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

const RBAC_GROUP = 'rbac.authorization.k8s.io'
const LOCKED_RESOURCES = {
  lease: { group: 'coordination.k8s.io', plural: 'leases' },
  configmap: { group: '', plural: 'configmaps' },
  endpoints: { group: '', plural: 'endpoints' },
} as const satisfies Record<ClusterLockKind, unknown>

/** The least that a candidate of this program needs. */
export function candidateRules(
  options: Pick<RbacOptions, 'name' | 'lock' | 'mayWatch' | 'mayRecordEvents'>,
): PolicyRule[] {
  const { group, plural } = LOCKED_RESOURCES[options.lock]
  const locked = { apiGroups: [group], resources: [plural] }
  return [
    // What is created has no name yet when RBAC decides (Kubernetes' RBAC reference, "Referring to resources").
    { ...locked, verbs: ['create'] },
    // A watch of one name, by field selector, is decided on as one of that name.
    { ...locked, resourceNames: [options.name], verbs: ['get', 'update', ...(options.mayWatch ? ['watch'] : [])] },
    ...(options.mayRecordEvents ? [{ apiGroups: [''], resources: ['events'], verbs: ['create'] }] : []),
  ]
}

/** A Role with {@link candidateRules}, and what binds it to a service account. */
export function rbacManifests(options: RbacOptions): Manifest[] {
  const { namespace, serviceAccount } = options
  const metadata = { name: `${options.name}-candidate`, namespace }
  const account: Manifest = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: serviceAccount, namespace } }
  return [
    ...(options.isNewAccount ? [account] : []),
    { apiVersion: `${RBAC_GROUP}/v1`, kind: 'Role', metadata, rules: candidateRules(options) },
    {
      apiVersion: `${RBAC_GROUP}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC_GROUP, kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
    },
  ]
}
