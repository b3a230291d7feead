import { badRequest } from './status.ts'

/**
 * What a field may hold. A built-in type of the API server keeps only the fields that it knows, refuses a wrong JSON
 * type, and leaves out what is empty; this says as much of it as matters here.
 *
 * - `string` is left out when empty, `string?` (a pointer in Go) is kept;
 * - `time` has seconds, `microTime` has exactly six digits (apimachinery meta/v1 `Time`, `MicroTime`);
 * - `any` is kept as it is;
 * - a Schema is an object that is left out when absent, `{ required: Schema }` one that is always there.
 */
export type FieldType =
  | 'string'
  | 'string?'
  | 'int32'
  | 'int64'
  | 'boolean'
  | 'time'
  | 'microTime'
  | 'strings'
  | 'stringMap'
  | 'any'
  | Schema
  | { readonly required: Schema }
  | { readonly listOf: Schema }

export interface Schema {
  readonly fields: Readonly<Record<string, FieldType>>
}

/** Go's name of the kind, for messages, and where to put the unknown fields. */
export interface DecodeContext {
  readonly kind: string
  readonly version: string
  /** The paths of fields that are not known, for `fieldValidation`. */
  readonly unknownFields: string[]
}

/** Reads `value` as `schema` says, in the schema's field order. Throws 400 where a JSON type is wrong. */
export function decode(value: unknown, schema: Schema, context: DecodeContext, path = ''): Record<string, unknown> {
  if (value === null || value === undefined) value = {}
  if (!isObject(value)) throw mismatch(value, path, 'struct', context)
  const result: Record<string, unknown> = {}
  for (const [name, type] of Object.entries(schema.fields)) {
    const decoded = decodeField(value[name], type, context, path ? `${path}.${name}` : name)
    if (decoded !== undefined) result[name] = decoded
  }
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(schema.fields, name)) context.unknownFields.push(path ? `${path}.${name}` : name)
  }
  return result
}

function decodeField(value: unknown, type: FieldType, context: DecodeContext, path: string): unknown {
  if (typeof type === 'object') {
    if ('required' in type) return decode(value, type.required, context, path)
    if (value === null || value === undefined) return undefined
    if ('fields' in type) return decode(value, type, context, path)
    if (!Array.isArray(value)) throw mismatch(value, path, 'slice', context)
    if (value.length === 0) return undefined
    return value.map((item, index) => decode(item, type.listOf, context, `${path}[${index}]`))
  }
  if (value === null || value === undefined) return undefined
  switch (type) {
    case 'any':
      return value
    case 'string':
    case 'string?':
      if (typeof value !== 'string') throw mismatch(value, path, 'string', context)
      return value === '' && type === 'string' ? undefined : value
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(value, path, 'bool', context)
      return value
    case 'int32':
    case 'int64':
      if (!isInteger(value, type)) throw mismatch(value, path, type, context)
      return value
    case 'time':
    case 'microTime':
      if (typeof value !== 'string') throw mismatch(value, path, 'string', context)
      return type === 'time' ? normalTime(value, context) : normalMicroTime(value, context)
    case 'strings':
      if (!Array.isArray(value)) throw mismatch(value, path, 'slice', context)
      for (const item of value) if (typeof item !== 'string') throw mismatch(item, path, 'string', context)
      return value.length > 0 ? value : undefined
    case 'stringMap': {
      if (!isObject(value)) throw mismatch(value, path, 'map[string]string', context)
      const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, item ?? ''])
      for (const [key, item] of entries) {
        if (typeof item !== 'string') throw mismatch(item, `${path}.${key}`, 'string', context)
      }
      return entries.length > 0 ? Object.fromEntries(entries) : undefined
    }
  }
}

function isInteger(value: unknown, type: 'int32' | 'int64'): value is number {
  if (typeof value !== 'number' || !Number.isInteger(value)) return false
  return type === 'int64' || (value >= -2_147_483_648 && value <= 2_147_483_647)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/

function normalTime(text: string, context: DecodeContext): string | undefined {
  const ms = RFC_3339.test(text) ? wholeSecondsMs(text) : null
  if (ms === null) throw unparsable(text, '2006-01-02T15:04:05Z07:00', context)
  return isZeroTime(ms, '') ? undefined : `${secondsText(ms)}Z`
}

function normalMicroTime(text: string, context: DecodeContext): string | undefined | null {
  const fraction = RFC_3339.exec(text)?.[7]
  const ms = fraction?.length === 7 ? wholeSecondsMs(text) : null
  if (ms === null) throw unparsable(text, '2006-01-02T15:04:05.000000Z07:00', context)
  // Go's zero time is written as null, also where a pointer to it is set.
  return isZeroTime(ms, fraction!) ? null : `${secondsText(ms)}${fraction}Z`
}

/** The instant without its fraction, in milliseconds; null if the day or time does not exist. */
function wholeSecondsMs(text: string): number | null {
  const [, year, month, day, hour, minute, second, , zone] = RFC_3339.exec(text)!
  const date = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`
  const ms = Date.parse(date)
  // Date.parse takes February 30 for March 2, and 24:00:00 for the next day; Go takes neither.
  if (!Number.isFinite(ms) || !new Date(ms).toISOString().startsWith(date.slice(0, 19))) return null
  if (zone === 'Z') return ms
  const offsetMinutes = Number(zone!.slice(1, 3)) * 60 + Number(zone!.slice(4))
  return ms - (zone!.startsWith('-') ? -1 : 1) * offsetMinutes * 60_000
}

const ZERO_TIME_MS = Date.parse('0001-01-01T00:00:00Z')

function isZeroTime(ms: number, fraction: string): boolean {
  return ms === ZERO_TIME_MS && !/[1-9]/.test(fraction)
}

function secondsText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, '')
}

function unparsable(text: string, layout: string, context: DecodeContext): Error {
  return cannotBeHandled(context, `parsing time "${text}" as "${layout}": cannot parse "${text}"`)
}

/** A wrong JSON type, worded as Go's encoding/json does. */
function mismatch(value: unknown, path: string, goType: string, context: DecodeContext): Error {
  const was = Array.isArray(value)
    ? 'array'
    : value === null
      ? 'null'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value
  const said = typeof value === 'number' ? `number ${value}` : was
  const field = `${context.kind}.${path}`
  return cannotBeHandled(context, `json: cannot unmarshal ${said} into Go struct field ${field} of type ${goType}`)
}

/** A body that is not an object of its kind. */
export function cannotBeHandled(context: DecodeContext, why: string): Error {
  const { kind, version } = context
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`)
}
