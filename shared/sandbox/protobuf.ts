import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { MESSAGES } from './protobuf-messages.ts'
import { ApiError, badRequest } from './status.ts'

/** The prefix of every protobuf body (apimachinery's `protobuf.Serializer`). */
const MAGIC = Buffer.from('k8s\0')

type Json = Record<string, unknown>

/** A field of a message: where it goes, and what it is. */
interface Field {
  readonly name: string
  /** The type without `*`, `[]` or `map[string]`. */
  readonly type: string
  readonly isKeptEmpty: boolean
  readonly shape: 'one' | 'list' | 'map'
}

/** Reads the protobuf body of a request as the object that it would be in JSON. Throws 400 and 415. */
export function decodeProtobuf(body: Buffer): Json {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  }
  try {
    const { apiVersion, kind, raw } = readEnvelope(body.subarray(MAGIC.length))
    if (!Object.hasOwn(MESSAGES, kind)) throw unsupported(`bodies of kind ${kind || '""'}`)
    return { kind, apiVersion, ...readMessage(kind, raw, kind) }
  } catch (error) {
    if (error instanceof ApiError) throw error
    throw badRequest(`the object provided is unrecognized: ${(error as Error).message}`)
  }
}

/** apimachinery's `runtime.Unknown`, which every body is. */
function readEnvelope(bytes: Uint8Array): { apiVersion: string; kind: string; raw: Uint8Array } {
  const envelope: ReturnType<typeof readEnvelope> = { apiVersion: '', kind: '', raw: new Uint8Array() }
  eachField(bytes, (number, wire, reader) => {
    if (number === 1 && wire === WireType.LengthDelimited) {
      eachField(reader.bytes(), (inner, innerWire, typeMeta) => {
        if (inner === 1) envelope.apiVersion = typeMeta.string()
        else if (inner === 2) envelope.kind = typeMeta.string()
        else typeMeta.skip(innerWire, inner)
      })
    } else if (number === 2 && wire === WireType.LengthDelimited) envelope.raw = reader.bytes()
    else reader.skip(wire, number)
  })
  return envelope
}

function readMessage(message: string, bytes: Uint8Array, path: string): Json {
  const fields = fieldsOf(message)
  const result: Json = {}
  eachField(bytes, (number, wire, reader) => {
    const field = fields.get(number)
    if (!field) throw unsupported(`field ${number} of ${path}`)
    const place = field.name === '-' ? path : `${path}.${field.name}`
    if (wire !== wireTypeOf(field)) throw new Error(`${place} has the wire type ${wire}`)
    if (field.shape === 'map') {
      const [key, value] = readEntry(field.type, reader.bytes(), place)
      Object.defineProperty((result[field.name] ??= {}), key, { value, enumerable: true, configurable: true, writable: true })
      return
    }
    const value = readValue(field.type, reader, place)
    if (field.name === '-') Object.assign(result, value)
    else if (field.shape === 'list') ((result[field.name] ??= []) as unknown[]).push(value)
    else if (field.isKeptEmpty ? value !== undefined : !isEmpty(value)) result[field.name] = value
  })
  return result
}

function readEntry(type: string, bytes: Uint8Array, path: string): [string, unknown] {
  let key = ''
  let value: unknown = ''
  eachField(bytes, (number, wire, reader) => {
    if (number === 1) key = reader.string()
    else if (number === 2) value = readValue(type, reader, path)
    else reader.skip(wire, number)
  })
  return [key, value]
}

/** A value as JSON has it; undefined is a missing time. */
function readValue(type: string, reader: BinaryReader, path: string): unknown {
  switch (type) {
    case 'string':
      return reader.string()
    case 'bool':
      return reader.bool()
    case 'int32':
      return reader.int32()
    case 'int64':
      return Number(reader.int64())
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64')
    case 'Time':
      return readTime(reader.bytes(), 0)
    case 'MicroTime':
      return readTime(reader.bytes(), 6)
    case 'Quantity':
      return readMessage('Quantity', reader.bytes(), path)['string'] ?? '0'
    case 'FieldsV1':
      return JSON.parse(Buffer.from((readMessage('FieldsV1', reader.bytes(), path)['Raw'] as string | undefined) ?? '', 'base64').toString() || '{}')
    case 'IntOrString': {
      const { type: isText, intVal = 0, strVal = '' } = readMessage('IntOrString', reader.bytes(), path)
      return isText ? strVal : intVal
    }
    default:
      return readMessage(type, reader.bytes(), path)
  }
}

/** apimachinery meta/v1 `Timestamp`; an empty one is Go's zero time. */
function readTime(bytes: Uint8Array, digits: 0 | 6): string | undefined {
  if (bytes.length === 0) return undefined
  let seconds = 0
  let nanos = 0
  eachField(bytes, (number, wire, reader) => {
    if (number === 1) seconds = Number(reader.int64())
    else if (number === 2) nanos = reader.int32()
    else reader.skip(wire, number)
  })
  const text = new Date(seconds * 1000).toISOString().replace('.000Z', '')
  const fraction = digits === 0 ? '' : `.${String(Math.floor(nanos / 1000)).padStart(digits, '0')}`
  return `${text}${fraction}Z`
}

function eachField(bytes: Uint8Array, take: (number: number, wire: WireType, reader: BinaryReader) => void): void {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag()
    take(number, wire, reader)
  }
}

const NUMBERS: ReadonlySet<string> = new Set(['int32', 'int64', 'bool'])

function wireTypeOf({ type, shape }: Field): WireType {
  return shape !== 'map' && NUMBERS.has(type) ? WireType.Varint : WireType.LengthDelimited
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return value === undefined || value === '' || value === 0 || value === false
}

/** Messages whose JSON is not an object of their fields. */
const SCALARS: Readonly<Record<string, string>> = {
  Quantity: 'string 1 string',
  FieldsV1: 'Raw 1 bytes',
  IntOrString: 'type 1 int64, intVal 2 int32, strVal 3 string',
}

const parsed = new Map<string, ReadonlyMap<number, Field>>()

function fieldsOf(message: string): ReadonlyMap<number, Field> {
  const known = parsed.get(message)
  if (known) return known
  const text = SCALARS[message] ?? MESSAGES[message as keyof typeof MESSAGES]
  const fields = new Map(text.split(', ').map((each) => parseField(each)))
  parsed.set(message, fields)
  return fields
}

function parseField(text: string): [number, Field] {
  const [name, number, type] = text.split(' ') as [string, string, string]
  const bare = type.replace(/^(\*|\[\]|map\[string\])/, '')
  const shape = type.startsWith('[]') ? 'list' : type.startsWith('map') ? 'map' : 'one'
  return [Number(number), { name, type: bare, shape, isKeptEmpty: type.startsWith('*') }]
}

function unsupported(what: string): ApiError {
  const message = `the sandbox does not read ${what} in protobuf; send JSON (Content-Type: application/json)`
  return new ApiError(415, 'UnsupportedMediaType', message)
}
