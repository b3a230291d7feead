import type {
  V1ResourceAttributes,
  V1SubjectAccessReview,
  V1SubjectAccessReviewSpec,
  V1SubjectAccessReviewStatus,
} from '@kubernetes/client-node'
import type { ApiClient } from './client.ts'
import { ClusterError, type RequestSubject } from './errors.ts'
import { notAllowed, remedyFor } from './answer-error.ts'
import {
  apiPath,
  LOCAL_SUBJECT_ACCESS_REVIEWS,
  SELF_SUBJECT_ACCESS_REVIEWS,
  SUBJECT_ACCESS_REVIEWS,
  subjectOf,
  type Place,
  type Resource,
} from './paths.ts'
import { unchecked } from './unchecked.ts'
import type { Wire } from '../wire.ts'

/** One thing that is to be allowed. */
export interface Permission {
  readonly verb: string
  readonly resource: Resource
  readonly place: Place
}

/**
 * Asks whether this user may do all this, before any of it is done. Where the question itself is not allowed, or not
 * answered, it lets pass: the request will tell.
 *
 * @throws ClusterError `forbidden`, as the request itself would be, for the first that is not allowed
 */
export async function requirePermissions(
  client: ApiClient,
  permissions: readonly Permission[],
  signal?: AbortSignal,
): Promise<void> {
  const answers = await Promise.all(permissions.map((permission) => isAllowed(client, permission, signal)))
  const refused = permissions[answers.indexOf(false)]
  if (refused) throw forbidden(subjectOf(refused.verb, refused.resource, refused.place))
}

/**
 * Asks whether this user may do something. Resolves to null where the question is not allowed, or not answered. Rejects
 * only with the signal's reason.
 */
export async function mayI(client: ApiClient, permission: Permission, signal?: AbortSignal): Promise<boolean | null> {
  return orNull(review(client, SELF_SUBJECT_ACCESS_REVIEWS, permission, {}, signal))
}

/**
 * Asks whether a service account may do something in a namespace. Namespace administrators may ask for their namespace,
 * others for all. Rejects with a ClusterError, `forbidden` where neither is allowed.
 */
export async function mayAccount(
  client: ApiClient,
  account: { readonly namespace: string; readonly name: string },
  permission: Permission & { readonly place: { readonly namespace: string } },
  signal?: AbortSignal,
): Promise<boolean> {
  const everybody = 'system:serviceaccounts'
  const subject = {
    user: `system:serviceaccount:${account.namespace}:${account.name}`,
    groups: [everybody, `${everybody}:${account.namespace}`, 'system:authenticated'],
  }
  try {
    return await review(client, LOCAL_SUBJECT_ACCESS_REVIEWS, permission, subject, signal)
  } catch (error) {
    if (!(error instanceof ClusterError && error.kind === 'forbidden')) throw error
    return review(client, SUBJECT_ACCESS_REVIEWS, permission, subject, signal)
  }
}

async function isAllowed(client: ApiClient, permission: Permission, signal?: AbortSignal): Promise<boolean> {
  return (await mayI(client, permission, signal)) ?? true
}

const KINDS = new Map<Resource, string>([
  [SELF_SUBJECT_ACCESS_REVIEWS, 'SelfSubjectAccessReview'],
  [LOCAL_SUBJECT_ACCESS_REVIEWS, 'LocalSubjectAccessReview'],
  [SUBJECT_ACCESS_REVIEWS, 'SubjectAccessReview'],
])

async function review(
  client: ApiClient,
  reviews: Resource,
  { verb, resource, place }: Permission,
  about: Wire<Pick<V1SubjectAccessReviewSpec, 'user' | 'groups'>>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const where = reviews.isNamespaced && place.namespace !== undefined ? { namespace: place.namespace } : {}
  const { group, plural, version } = resource
  const resourceAttributes: Wire<V1ResourceAttributes> = { verb, group, version, resource: plural, ...place }
  const body: Wire<V1SubjectAccessReview> = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: KINDS.get(reviews)!,
    // A review in a namespace has to name it.
    ...(reviews.isNamespaced && { metadata: where }),
    spec: { ...about, resourceAttributes },
  }
  const subject = subjectOf('create', reviews, where)
  const answer = await client.request({ method: 'POST', path: apiPath(reviews, where), body, subject, ...(signal && { signal }) })
  return unchecked<V1SubjectAccessReviewStatus>(unchecked<V1SubjectAccessReview>(answer).status).allowed !== false
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ClusterError) return null
    throw error
  }
}

function forbidden(subject: RequestSubject): ClusterError {
  return new ClusterError(notAllowed(subject), { kind: 'forbidden', subject, remedy: remedyFor('forbidden', subject) })
}
