import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** A value of a field: text, bytes, a number or boolean (a varint), or a message. */
type Value = string | Uint8Array | number | boolean | Message
/** A message as its fields by number; a list is as many fields. */
export type Message = readonly (readonly [number, Value])[]

export const PROTOBUF = 'application/vnd.kubernetes.protobuf'

/** Encodes a message that stands here by numbers, so that nothing here knows what the server makes of them. */
export function encode(message: Message): Uint8Array {
  const writer = new BinaryWriter()
  for (const [number, value] of message) {
    if (typeof value === 'number') writer.tag(number, WireType.Varint).int64(value)
    else if (typeof value === 'boolean') writer.tag(number, WireType.Varint).bool(value)
    else {
      writer.tag(number, WireType.LengthDelimited)
      if (typeof value === 'string') writer.string(value)
      else writer.bytes(value instanceof Uint8Array ? value : encode(value))
    }
  }
  return writer.finish()
}

/** A request body of Kubernetes' kind: `k8s`, a zero, and `runtime.Unknown` around the object. */
export function protobufBody(apiVersion: string, kind: string, object: Message): Uint8Array {
  const typeMeta = [[1, apiVersion], [2, kind]] as const
  return Buffer.concat([Buffer.from('k8s\0'), encode([[1, typeMeta], [2, encode(object)], [3, ''], [4, '']])])
}
