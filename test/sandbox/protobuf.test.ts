import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeProtobuf } from '../../shared/sandbox/protobuf.ts'
import { MESSAGES } from '../../shared/sandbox/protobuf-messages.ts'
import { RESOURCES } from '../../shared/sandbox/resources.ts'
import { ApiError } from '../../shared/sandbox/status.ts'
import { protobufBody, type Message } from '../support/protobuf.ts'

const decode = (kind: string, object: Message): unknown => decodeProtobuf(Buffer.from(protobufBody('v1', kind, object)))
const refusal = (act: () => unknown): ApiError => {
  try {
    act()
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('a protobuf body', () => {
  it.each<[string, Message, object]>([
    ['keeps what is set, though it is empty, of what Go has a pointer to', [[2, [[1, ''], [5, 0]]]], { spec: { holderIdentity: '', leaseTransitions: 0 } }],
    ['leaves out what is empty of all else', [[1, [[1, 'x'], [2, ''], [7, 0], [8, []]]]], { metadata: { name: 'x' } }],
    ['has no time where there is none', [[2, [[4, []]]]], {}],
    ['keeps maps in order, and keys that mean something elsewhere', [[1, [[12, [[1, '__proto__'], [2, 'y']]], [12, [[1, 'a'], [2, '']]]]]], { metadata: { annotations: JSON.parse('{"__proto__":"y","a":""}') as object } }],
  ])('%s', (_, object, expected) => {
    expect(decode('Lease', object)).toEqual({ kind: 'Lease', apiVersion: 'v1', ...expected })
  })

  it('has a number or a text where either may be', () => {
    const container = (port: Message): Message => [[2, [[2, [[10, [[1, [[3, [[1, port]]]]]]]]]]]]
    const portOf = (port: Message): unknown => (decode('Pod', container(port)) as { spec: { containers: { livenessProbe: { tcpSocket: { port: unknown } } }[] } }).spec.containers[0]!.livenessProbe.tcpSocket.port
    expect(portOf([[1, 0], [2, 80], [3, '']])).toBe(80)
    expect(portOf([[1, 1], [2, 0], [3, 'http']])).toBe('http')
  })

  it('is refused with a sentence where it has a field that is not known, however deep: nothing is dropped', () => {
    const volume: Message = [[1, 'data'], [2, [[28, [[1, 'driver']]]]]]
    const { code, message } = refusal(() => decode('Pod', [[2, [[1, volume]]]]))
    expect([code, message]).toEqual([
      415,
      'the sandbox does not read field 28 of Pod.spec.volumes in protobuf; send JSON (Content-Type: application/json)',
    ])
  })

  it('is refused with a sentence where its kind is not known', () => {
    expect(refusal(() => decode('Secret', []))).toMatchObject({ code: 415, message: expect.stringContaining('bodies of kind Secret') })
  })

  it('is read for every kind that the sandbox keeps', () => {
    expect(RESOURCES.map(({ kind }) => kind).filter((kind) => !Object.hasOwn(MESSAGES, kind))).toEqual([])
  })

  it('of anything else is refused, and nothing worse', () => {
    fc.assert(
      fc.property(fc.constantFrom('Lease', 'Pod', 'ConfigMap'), fc.uint8Array({ maxLength: 60 }), (kind, bytes) => {
        const whole = Buffer.from(protobufBody('v1', kind, []))
        const body = Buffer.concat([whole.subarray(0, -4), Buffer.from([0x12, bytes.length]), bytes])
        try {
          expect(decodeProtobuf(body)).toMatchObject({ kind })
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError)
        }
      }),
    )
  })
})

describe('the messages', () => {
  it('use each number and each name once, and name types that there are', () => {
    const types = new Set([...Object.keys(MESSAGES), 'string', 'bytes', 'bool', 'int32', 'int64', 'Time', 'MicroTime', 'Quantity', 'IntOrString', 'FieldsV1'])
    for (const [message, text] of Object.entries(MESSAGES)) {
      const fields = text.split(', ').map((field) => field.split(' ') as [string, string, string])
      expect([message, new Set(fields.map(([, number]) => number)).size]).toEqual([message, fields.length])
      expect([message, new Set(fields.map(([name]) => name)).size]).toEqual([message, fields.length])
      for (const [, , type] of fields) expect(types).toContain(type.replace(/^(\*|\[\]|map\[string\])/, ''))
    }
  })

  it('are loaded only when a body is read', () => {
    const imports = (file: string): string => readFileSync(new URL(`../../shared/sandbox/${file}`, import.meta.url), 'utf8')
    expect(imports('server.ts')).toContain("await import('./protobuf.ts')")
  })
})
