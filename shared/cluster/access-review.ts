import type { ApiClient } from './client.ts'
import { ClusterError, type RequestSubject } from './errors.ts'
import { describeSubject } from './answer-error.ts'
import { apiPath, SELF_SUBJECT_ACCESS_REVIEWS, subjectOf, type Place, type Resource } from './paths.ts'
import { field } from './untyped.ts'

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

async function isAllowed(client: ApiClient, { verb, resource, place }: Permission, signal?: AbortSignal): Promise<boolean> {
  const path = apiPath(SELF_SUBJECT_ACCESS_REVIEWS)
  const subject = subjectOf('create', SELF_SUBJECT_ACCESS_REVIEWS)
  const { group, plural, version } = resource
  const resourceAttributes = { verb, group, version, resource: plural, ...place }
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } }
  try {
    const review = await client.request({ method: 'POST', path, body, subject, ...(signal && { signal }) })
    return field(field(review, 'status'), 'allowed') !== false
  } catch (error) {
    if (error instanceof ClusterError) return true
    throw error
  }
}

function forbidden(subject: RequestSubject): ClusterError {
  const message = `You are not allowed to ${describeSubject(subject)}. Ask for a Role that allows it.`
  return new ClusterError(message, { kind: 'forbidden', subject })
}
