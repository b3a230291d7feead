import type { V1Role, V1RoleBinding, V1ServiceAccount } from '@kubernetes/client-node'
import type { LockKind } from '../../shared/lease/election-ref.ts'
import type { Wire } from '../../shared/wire.ts'
import type { Manifest } from './manifest.ts'

/** The service account to allow, and the election that its program joins as a candidate. */
export interface RbacOptions {
  readonly namespace: string
  /** The election. */
  readonly name: string
  readonly lock: LockKind
  readonly serviceAccount: string
  /** Whether to create the service account; otherwise it must exist already. */
  readonly isNewAccount: boolean
  /** Whether to allow watching. Without it, candidates poll, as client-go's candidates always do. */
  readonly mayWatch: boolean
  /** Whether to allow recording Events for the start and end of leadership. */
  readonly mayRecordEvents: boolean
}

/** An RBAC rule. */
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
} as const satisfies Record<LockKind, unknown>

/** The API group and the resource of a lock, as in a rule. */
export function lockedResource(lock: LockKind): Pick<PolicyRule, 'apiGroups' | 'resources'> {
  const { group, plural } = LOCKED_RESOURCES[lock]
  return { apiGroups: [group], resources: [plural] }
}

/** The least privileges that a kubectl-leader candidate needs. */
export function candidateRules(
  options: Pick<RbacOptions, 'name' | 'lock' | 'mayWatch' | 'mayRecordEvents'>,
): PolicyRule[] {
  const locked = lockedResource(options.lock)
  return [
    // RBAC cannot restrict "create" to a name, because the name may not be known yet (RBAC reference, "Referring to resources").
    { ...locked, verbs: ['create'] },
    // A watch with a field selector for one name is authorized as a request for that name.
    { ...locked, resourceNames: [options.name], verbs: ['get', 'update', ...(options.mayWatch ? ['watch'] : [])] },
    ...(options.mayRecordEvents ? [{ apiGroups: [''], resources: ['events'], verbs: ['create'] }] : []),
  ]
}

/** A Role, and its binding to a service account of the same namespace. */
export function roleManifests(options: {
  readonly namespace: string
  readonly name: string
  readonly serviceAccount: string
  readonly rules: readonly PolicyRule[]
}): Manifest[] {
  const { namespace, name, serviceAccount, rules } = options
  const metadata = { name, namespace }
  const role: Wire<V1Role> = { apiVersion: `${RBAC_GROUP}/v1`, kind: 'Role', metadata, rules: [...rules] }
  const binding: Wire<V1RoleBinding> = {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: RBAC_GROUP, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
  }
  return [role, binding]
}

/** A Role with {@link candidateRules}, a RoleBinding and, if requested, a ServiceAccount. */
export function rbacManifests(options: RbacOptions): Manifest[] {
  const { namespace, serviceAccount } = options
  const account: Wire<V1ServiceAccount> = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: serviceAccount, namespace } }
  const role = roleManifests({ namespace, name: `${options.name}-candidate`, serviceAccount, rules: candidateRules(options) })
  return [...(options.isNewAccount ? [account] : []), ...role]
}
