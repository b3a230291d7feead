/** One field that a validation objected to; the shape of `details.causes` of a Status. */
export interface FieldCause {
  readonly reason: string
  readonly message: string
  readonly field: string
}

/**
 * The Status object with which the API server answers what it does not do (apimachinery meta/v1 `Status`). A type of our
 * own: the library's declarations reach it, and depend on no other package.
 */
export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: { readonly continue?: string }
  readonly status: 'Failure' | 'Success'
  readonly message?: string
  readonly reason?: string
  readonly details?: Record<string, unknown>
  readonly code?: number
}

/** A resource as errors name it. */
export interface ErrorResource {
  readonly group: string
  readonly plural: string
  readonly kind: string
}

/** A refusal, thrown where it is found and written out as a Status at the edge. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: number
  readonly status: Status
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: Record<string, unknown>,
    headers: Readonly<Record<string, string>> = {},
    metadata: Status['metadata'] = {},
  ) {
    super(message)
    this.code = code
    this.headers = headers
    this.status = failure(code, reason, message, details, metadata)
  }
}

/** A failure as the API server words it, in the field order in which it encodes one. */
export function failure(
  code: number,
  reason: string,
  message: string,
  details?: Record<string, unknown>,
  metadata: Status['metadata'] = {},
): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata,
    status: 'Failure',
    message,
    ...(reason ? { reason } : {}),
    ...(details ? { details } : {}),
    code,
  }
}

/** `leases.coordination.k8s.io`, `pods`. */
export function qualified(name: string, group: string): string {
  return group ? `${name}.${group}` : name
}

function about(resource: ErrorResource, name: string): Record<string, unknown> {
  return {
    ...(name ? { name } : {}),
    ...(resource.group ? { group: resource.group } : {}),
    kind: resource.plural,
  }
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message)
}

export function unauthorized(): ApiError {
  return new ApiError(401, 'Unauthorized', 'Unauthorized')
}

export function notFound(resource: ErrorResource, name: string): ApiError {
  const message = `${qualified(resource.plural, resource.group)} "${name}" not found`
  return new ApiError(404, 'NotFound', message, about(resource, name))
}

export function alreadyExists(resource: ErrorResource, name: string): ApiError {
  const message = `${qualified(resource.plural, resource.group)} "${name}" already exists`
  return new ApiError(409, 'AlreadyExists', message, about(resource, name))
}

/** A compare-and-swap that lost, worded as apiserver's registry does. */
export function conflict(
  resource: ErrorResource,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(resource.plural, resource.group)} "${name}": ${why}`
  return new ApiError(409, 'Conflict', message, about(resource, name))
}

export function forbidden(resource: ErrorResource, name: string, why: string, causes: readonly FieldCause[] = []): ApiError {
  const subject = qualified(resource.plural, resource.group) + (name ? ` "${name}"` : '')
  const details = { ...about(resource, name), ...(causes.length > 0 && { causes }) }
  return new ApiError(403, 'Forbidden', `${subject} is forbidden: ${why}`, details)
}

/** @param causes what is wrong, in the order in which the server would list it. Not empty. */
export function invalid(kind: string, group: string, name: string, causes: readonly FieldCause[]): ApiError {
  const texts = causes.map((cause) => `${cause.field}: ${cause.message}`)
  const all = texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`
  return new ApiError(422, 'Invalid', `${qualified(kind, group)} "${name}" is invalid: ${all}`, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    kind,
    causes,
  })
}

/** What a group that is served gets asked for but has not. */
export function noSuchResource(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})
}

/**
 * A resourceVersion that is not a number. Not a 400: apiserver has no status for this error of its storage.
 *
 * @param where `resourceVersion: Invalid value: "x": `, or nothing
 */
export function unparsableVersion(text: string, where: string): ApiError {
  return new ApiError(500, '', `${where}strconv.ParseUint: parsing "${text}": invalid syntax`)
}

/** The UID of a write is not the object's (apiserver's storage preconditions). */
export function uidConflict(resource: ErrorResource, key: string, name: string, asked: string, is: string): ApiError {
  const said = `Precondition failed: UID in precondition: ${asked}, UID in object meta: ${is}`
  const error = 'StorageError: invalid object, Code: 4, Key: '
  const where = `${error}/registry/${resource.plural}/${key}, ResourceVersion: 0, AdditionalErrorMsg: ${said}`
  return conflict(resource, name, where)
}

/** The resourceVersion is no longer known: 410. */
export function expired(message: string, continueToken?: string): ApiError {
  const metadata = continueToken === undefined ? {} : { continue: continueToken }
  return new ApiError(410, 'Expired', message, undefined, {}, metadata)
}

export function methodNotAllowed(): ApiError {
  const message = 'the server does not allow this method on the requested resource'
  return new ApiError(405, 'MethodNotAllowed', message, {})
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const types = accepted.join(', ')
  const message = `the body of the request was in an unknown format - accepted media types include: ${types}`
  return new ApiError(415, 'UnsupportedMediaType', message)
}

export function notAcceptable(accepted: readonly string[]): ApiError {
  const message = `only the following media types are accepted: ${accepted.join(', ')}`
  return new ApiError(406, 'NotAcceptable', message)
}

/** A resourceVersion that is still to come (apiserver's `NewTooLargeResourceVersionError`). */
export function tooLargeResourceVersion(asked: number, current: number): ApiError {
  return new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}
