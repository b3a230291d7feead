import type { HttpApi } from '../support/http-api.ts'

/** An RBAC rule and where it holds: in the namespaces named, or everywhere. */
export interface GrantedRule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly namespaces?: readonly string[]
}

/** The namespaces that are there from the start. */
export const NAMESPACE = 'conformance'
export const OTHER_NAMESPACE = 'conformance-other'

const leases = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] }

/** The users that are there from the start, and what they may do. */
export const USERS = {
  nobody: [],
  reader: [{ verbs: ['get', 'list', 'watch'], ...leases, namespaces: [NAMESPACE] }],
  elector: [{ verbs: ['get', 'create', 'update'], ...leases, namespaces: [NAMESPACE] }],
  'one-lease': [
    { verbs: ['get', 'list', 'watch', 'update'], ...leases, resourceNames: ['mine'], namespaces: [NAMESPACE] },
  ],
  few: [{ verbs: ['get', 'update'], ...leases, resourceNames: ['mine'], namespaces: [NAMESPACE] }],
  'clusterwide-reader': [{ verbs: ['list'], ...leases }],
  reviewer: [
    { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'], namespaces: [NAMESPACE] },
  ],
  impersonator: [
    { verbs: ['impersonate'], apiGroups: [''], resources: ['users'], resourceNames: ['reader'] },
    { verbs: ['impersonate'], apiGroups: [''], resources: ['groups'], resourceNames: ['developers'] },
  ],
} satisfies Record<string, readonly GrantedRule[]>

export type UserName = keyof typeof USERS

/** An API server under test, with {@link USERS} and the namespaces in it. */
export interface ConformanceTarget {
  /** Asks as the administrator. */
  readonly admin: HttpApi
  /** Asks as one of {@link USERS}. */
  as(user: UserName): HttpApi
  /** Makes every resourceVersion of before too old to watch from or to list at. */
  forgetPast(): Promise<void>
  close(): Promise<void>
}
