import { isDeepStrictEqual } from 'node:util'
import { isObject } from './schema.ts'

/** Why a JSON patch can't be applied. */
export class JsonPatchError extends Error {
  override readonly name = 'JsonPatchError'
}

/** Applies a JSON patch (RFC 6902) and returns the result; `document` stays as it is. */
export function applyJsonPatch(document: unknown, operations: readonly unknown[]): unknown {
  // One field holds the document, so that the empty pointer needs no case of its own.
  const root: Record<string, unknown> = { document: structuredClone(document) }
  for (const operation of operations) apply(root, operation)
  return root['document']
}

function apply(root: Record<string, unknown>, operation: unknown): void {
  if (!isObject(operation)) throw new JsonPatchError('an operation is not an object')
  const { op, path, from, value } = operation
  switch (op) {
    case 'add': {
      add(root, pointer(path), structuredClone(value))
      return
    }
    case 'remove':
      remove(root, pointer(path))
      return
    case 'replace':
      remove(root, pointer(path))
      {
        add(root, pointer(path), structuredClone(value))
        return
      }
    case 'move': {
      add(root, pointer(path), remove(root, pointer(from)))
      return
    }
    case 'copy': {
      add(root, pointer(path), structuredClone(read(root, pointer(from))))
      return
    }
    case 'test': {
      const found = tryRead(root, pointer(path)) ?? null
      if (!isDeepStrictEqual(found, value ?? null)) throw new JsonPatchError(`testing value ${String(path)} failed`)
      return
    }
    default:
      throw new JsonPatchError(`unknown operation ${JSON.stringify(op)}`)
  }
}

/** The steps of a JSON pointer (RFC 6901), from the field that holds the document. */
function pointer(text: unknown): string[] {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) {
    throw new JsonPatchError(`${JSON.stringify(text)} is not a JSON pointer`)
  }
  const steps = text.split('/').slice(1)
  return ['document', ...steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))]
}

function read(root: unknown, steps: readonly string[]): unknown {
  let value = root
  for (const step of steps) {
    if (Array.isArray(value)) value = value[arrayIndex(step, value.length - 1)]
    else if (isObject(value) && Object.hasOwn(value, step)) value = value[step]
    else throw missing(steps)
  }
  return value
}

function tryRead(root: unknown, steps: readonly string[]): unknown {
  try {
    return read(root, steps)
  } catch {
    return undefined
  }
}

function add(root: unknown, steps: readonly string[], value: unknown): void {
  const parent = read(root, steps.slice(0, -1))
  const last = steps.at(-1)!
  if (Array.isArray(parent)) {
    parent.splice(last === '-' ? parent.length : arrayIndex(last, parent.length), 0, value)
  } else if (isObject(parent)) {
    // Not by assignment: a member called __proto__ is a member.
    Object.defineProperty(parent, last, { value, enumerable: true, configurable: true, writable: true })
  } else throw missing(steps)
}

function remove(root: unknown, steps: readonly string[]): unknown {
  const value = read(root, steps)
  const parent = read(root, steps.slice(0, -1))
  const last = steps.at(-1)!
  if (Array.isArray(parent)) parent.splice(arrayIndex(last, parent.length - 1), 1)
  else Reflect.deleteProperty(parent as Record<string, unknown>, last)
  return value
}

function arrayIndex(step: string, last: number): number {
  const index = /^(0|[1-9]\d*)$/.test(step) ? Number(step) : -1
  if (index < 0 || index > last) throw new JsonPatchError(`index ${step} is out of bounds`)
  return index
}

function missing(steps: readonly string[]): JsonPatchError {
  return new JsonPatchError(`/${steps.slice(1).join('/')} does not exist`)
}
