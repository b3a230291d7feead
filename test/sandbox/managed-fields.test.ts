import { expect, it } from 'vitest'
import { recordManager, type Writer } from '../../shared/sandbox/managed-fields.ts'
import type { StoredObject } from '../../shared/sandbox/storage.ts'

const writer = (manager: string, subresource = ''): Writer => ({
  manager,
  apiVersion: 'v1',
  time: '2026-01-01T00:00:00Z',
  subresource,
})

type Write = readonly [by: Writer, content: Record<string, unknown>]

/** Who has which fields, after a number of writes. */
function owners(writes: readonly Write[]): Record<string, unknown> {
  let object: StoredObject | null = null
  for (const [by, content] of writes) {
    const metadata = { name: 'x', ...(object ? { managedFields: object.metadata['managedFields'] } : {}) }
    object = recordManager({ metadata, ...content }, object, by)
  }
  const entries = object!.metadata['managedFields'] as { manager: string; subresource?: string; fieldsV1: object }[]
  return Object.fromEntries(entries.map((entry) => [entry.manager + (entry.subresource ?? ''), entry.fieldsV1]))
}

const [alice, bob] = [writer('alice'), writer('bob')]

it.each<[string, Write[], Record<string, unknown>]>([
  ['what is created is the creator’s', [[alice, { spec: { a: 1 } }]], { alice: { 'f:spec': { 'f:a': {} } } }],
  [
    'what is changed is taken over',
    [
      [alice, { spec: { a: 1, b: 1 } }],
      [bob, { spec: { a: 2, b: 1 } }],
    ],
    { alice: { 'f:spec': { 'f:b': {} } }, bob: { 'f:spec': { 'f:a': {} } } },
  ],
  [
    'who has nothing left is not mentioned',
    [
      [alice, { spec: { a: 1 } }],
      [bob, { spec: { a: 2 } }],
    ],
    { bob: { 'f:spec': { 'f:a': {} } } },
  ],
  [
    'what is removed is nobody’s',
    [
      [alice, { spec: { a: 1, b: 1 } }],
      [bob, { spec: { b: 1 } }],
    ],
    { alice: { 'f:spec': { 'f:b': {} } } },
  ],
  [
    'a second write adds to the first',
    [
      [alice, { spec: { a: 1 } }],
      [alice, { spec: { a: 1, b: 1 } }],
    ],
    { alice: { 'f:spec': { 'f:a': {}, 'f:b': {} } } },
  ],
  [
    'a subresource is kept apart',
    [
      [alice, { spec: { a: 1 } }],
      [writer('alice', 'status'), { spec: { a: 1 }, status: { b: 1 } }],
    ],
    { alice: { 'f:spec': { 'f:a': {} } }, alicestatus: { 'f:status': { 'f:b': {} } } },
  ],
  ['a list is one field', [[alice, { spec: { list: [1, 2] } }]], { alice: { 'f:spec': { 'f:list': {} } } }],
])('%s', (_what, writes, expected) => {
  expect(owners(writes)).toEqual(expected)
})
