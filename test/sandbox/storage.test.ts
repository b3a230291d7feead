import { describe, expect, it } from 'vitest'
import { keyOf, Storage, type Change, type StoredObject } from '../../shared/sandbox/storage.ts'

const object = (name: string, value: string): StoredObject => ({ metadata: { name }, value })

/** A collection with `count` changes of one object, whose value counts them from 1. */
function changed(historyLimit: number, count: number): { storage: Storage; first: number } {
  const storage = new Storage(historyLimit)
  const collection = storage.collection('things')
  const first = storage.revision + 1
  for (let index = 1; index <= count; index++) collection.put('a', object('a', String(index)))
  return { storage, first }
}

describe('the storage', () => {
  it('counts revisions across collections', () => {
    const storage = new Storage(10)
    const revisions = ['pods', 'leases', 'pods'].map(
      (id, index) => storage.collection(id).put(String(index), object('x', '')).revision,
    )
    expect(revisions).toEqual([2, 3, 4])
  })

  it('writes the revision into the object', () => {
    const version = new Storage(10).collection('things').put('a', object('a', '1'))
    expect(version.object.metadata.resourceVersion).toBe('2')
  })

  it('leaves what it was given as it was', () => {
    const given = object('a', '1')
    new Storage(10).collection('things').put('a', given)
    expect(given.metadata.resourceVersion).toBeUndefined()
  })

  it('lists in the order of the keys', () => {
    const collection = new Storage(10).collection('things')
    for (const key of ['b/x', 'a/y', 'a-b/z', 'a/x']) collection.put(key, object(key, ''))
    expect(collection.list().map((version) => version.key)).toEqual(['a-b/z', 'a/x', 'a/y', 'b/x'])
    expect(collection.list('a/').map((version) => version.key)).toEqual(['a/x', 'a/y'])
  })

  it('keys cluster-scoped objects by their name alone', () => {
    expect([keyOf(undefined, 'n'), keyOf('', 'n'), keyOf('ns', 'n')]).toEqual(['n', 'n', 'ns/n'])
  })

  it('knows how things were at any revision that it remembers', () => {
    const collection = new Storage(10).collection('things')
    const a = collection.put('a', object('a', '1')).revision
    const b = collection.put('b', object('b', '1')).revision
    const change = collection.put('a', object('a', '2')).revision
    const removal = collection.delete('b')!.revision
    const stateAt = (revision: number): string[] =>
      collection.listAt(revision)!.map((version) => `${version.key}${String(version.object['value'])}`)
    expect([a, b, change, removal].map(stateAt)).toEqual([['a1'], ['a1', 'b1'], ['a2', 'b1'], ['a2']])
  })

  it.each([
    [0, ['ADDED', 'MODIFIED', 'DELETED']],
    [1, ['MODIFIED', 'DELETED']],
    [3, []],
  ])('tells the changes after the first %i', (count, types) => {
    const storage = new Storage(10)
    const collection = storage.collection('things')
    const start = storage.revision
    collection.put('a', object('a', '1'))
    collection.put('a', object('a', '2'))
    collection.delete('a')
    expect(collection.changesSince(start + count)!.map((change) => change.type)).toEqual(types)
  })

  it('deletes nothing where there is nothing', () => {
    const storage = new Storage(10)
    expect(storage.collection('things').delete('a')).toBeUndefined()
    expect(storage.revision).toBe(1)
  })

  it('tells listeners at once, until they leave', () => {
    const collection = new Storage(10).collection('things')
    const told: Change['type'][] = []
    const leave = collection.subscribe((change) => told.push(change.type))
    collection.put('a', object('a', '1'))
    leave()
    collection.put('a', object('a', '2'))
    expect(told).toEqual(['ADDED'])
  })

  it('remembers at least as many changes as its limit says, and not many more', () => {
    const { storage, first } = changed(100, 1_000)
    const collection = storage.collection('things')
    const last = storage.revision
    expect(collection.changesSince(last - 100)).toHaveLength(100)
    expect(collection.changesSince(last - 126)).toBeNull()
    expect(collection.listAt(first)).toBeNull()
  })

  it('forgets everything when it is compacted, even the present', () => {
    const { storage } = changed(100, 3)
    const collection = storage.collection('things')
    const present = storage.revision
    storage.compact()
    expect(collection.changesSince(present)).toBeNull()
    expect(collection.listAt(present)).toBeNull()
    expect(collection.changesSince(storage.revision)).toEqual([])
    expect(storage.collection('others').changesSince(present)).toBeNull()
  })
})
