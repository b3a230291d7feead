import { applyJsonPatch, JsonPatchError } from './json-patch.ts'
import { applyMergePatch, applyStrategicMergePatch } from './merge-patch.ts'
import { isObject } from './schema.ts'
import { ApiError, badRequest, unsupportedMediaType } from './status.ts'

/** A request with what it brings along. */
export interface RequestBody {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** The forms of a patch by media type. Server-side apply is not offered. */
const PATCHES: Readonly<Record<string, (current: unknown, patch: unknown) => unknown>> = {
  'application/json-patch+json': (current, patch) => {
    if (!Array.isArray(patch)) throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch')
    try {
      return applyJsonPatch(current, patch)
    } catch (error) {
      if (!(error instanceof JsonPatchError)) throw error
      throw new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {})
    }
  },
  'application/merge-patch+json': (current, patch) => applyMergePatch(current, object(patch)),
  'application/strategic-merge-patch+json': (current, patch) => applyStrategicMergePatch(current, object(patch)),
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf'

/** Whether a body is one of Kubernetes' protobuf messages. */
export function isProtobuf(request: RequestBody): boolean {
  return mediaType(request) === PROTOBUF
}

/** Reads a body of JSON. Throws 400 and 415. */
export function parsedBody(request: RequestBody): unknown {
  const type = mediaType(request)
  if (type && type !== 'application/json') throw unsupportedMediaType(['application/json', PROTOBUF])
  return parsedJson(request.body)
}

/** Reads the body of a PATCH as a change to make. Throws 400 and 415; the change itself throws 400 and 422. */
export function parsePatch(request: RequestBody): (current: unknown) => unknown {
  const type = mediaType(request)
  const apply = Object.hasOwn(PATCHES, type) ? PATCHES[type]! : null
  if (!apply) throw unsupportedMediaType(Object.keys(PATCHES))
  const patch = parsedJson(request.body)
  return (current) => apply(current, patch)
}

function mediaType(request: RequestBody): string {
  return String(request.headers['content-type'] ?? '')
    .split(';')[0]!
    .trim()
    .toLowerCase()
}

function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized: couldn't get version/kind; json parse error: ${(error as Error).message}`,
    )
  }
}

function object(patch: unknown): Record<string, unknown> {
  if (!isObject(patch)) throw badRequest('json: cannot unmarshal into Go value of type map[string]interface {}')
  return patch
}
