import { describe, expect, it } from 'vitest'
import { JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, type Reply } from '../support/http-api.ts'
import { freshName, lease, leasePath, leasesPath, pod, podsPath } from './objects.ts'
import type { ConformanceTarget } from './target.ts'

/** PATCH in its three forms. */
export function describePatches(target: () => ConformanceTarget): void {
  const spec = { holderIdentity: 'a', leaseTransitions: 1 }
  const metadata = { labels: { keep: '1', drop: '2' }, annotations: { 'example.com/x': 'y' } }

  async function patched(type: string, body: unknown, query = {}): Promise<Reply> {
    const name = freshName()
    await target().admin.post(leasesPath(), lease(name, spec, metadata))
    return target().admin.patch(type, leasePath(name), body, { query })
  }

  describe('patch', () => {
    it.each([MERGE_PATCH, STRATEGIC_MERGE_PATCH])('sets, keeps and removes fields by %s', async (type) => {
      const patch = {
        metadata: { labels: { drop: null, add: '3' } },
        spec: { holderIdentity: 'b', leaseTransitions: null, leaseDurationSeconds: 15 },
      }
      const { status, body } = await patched(type, patch)
      expect(status).toBe(200)
      expect(body.spec).toEqual({ holderIdentity: 'b', leaseDurationSeconds: 15 })
      expect(body.metadata).toMatchObject({ labels: { keep: '1', add: '3' }, annotations: metadata.annotations })
      expect(body.metadata.labels).not.toHaveProperty('drop')
    })

    it('carries out a JSON patch in order', async () => {
      const { status, body } = await patched(JSON_PATCH, [
        { op: 'test', path: '/spec/holderIdentity', value: 'a' },
        { op: 'replace', path: '/spec/holderIdentity', value: 'b' },
        { op: 'remove', path: '/metadata/labels/drop' },
        { op: 'add', path: '/metadata/annotations/example.com~1z', value: '1' },
        { op: 'copy', from: '/spec/holderIdentity', path: '/metadata/labels/holder' },
        { op: 'move', from: '/metadata/labels/keep', path: '/metadata/labels/kept' },
      ])
      expect(status).toBe(200)
      expect(body.spec.holderIdentity).toBe('b')
      expect(body.metadata.labels).toEqual({ holder: 'b', kept: '1' })
      expect(body.metadata.annotations).toEqual({ 'example.com/x': 'y', 'example.com/z': '1' })
    })

    it.each([
      ['a test that fails', [{ op: 'test', path: '/spec/holderIdentity', value: 'other' }]],
      ['removing what is not there', [{ op: 'remove', path: '/spec/renewTime' }]],
      ['an operation that there is not', [{ op: 'frobnicate', path: '/spec' }]],
    ])('refuses a JSON patch with %s, and does none of it', async (_what, last) => {
      const name = freshName()
      const { body: old } = await target().admin.post(leasesPath(), lease(name, spec))
      const operations = [{ op: 'replace', path: '/spec/holderIdentity', value: 'b' }, ...last]
      const { status, body } = await target().admin.patch(JSON_PATCH, leasePath(name), operations)
      expect([status, body.reason]).toEqual([422, 'Invalid'])
      expect((await target().admin.get(leasePath(name))).body).toEqual(old)
    })

    it.each([
      ['a value that is invalid', { spec: { leaseDurationSeconds: -1 } }, 422],
      ['a value of the wrong type', { spec: { leaseDurationSeconds: 'x' } }, 422],
      ['another kind', { kind: 'Pod' }, 422],
      ['another name', { metadata: { name: 'another' } }, 400],
      ['another UID', { metadata: { uid: 'another' } }, 422],
      ['an outdated resourceVersion', { metadata: { resourceVersion: '1' }, spec: { holderIdentity: 'b' } }, 409],
    ])('refuses %s', async (_what, patch, code) => {
      expect((await patched(MERGE_PATCH, patch)).status).toBe(code)
    })

    it('is a compare-and-swap where it names the current resourceVersion', async () => {
      const name = freshName()
      const { body: old } = await target().admin.post(leasesPath(), lease(name, spec))
      const patch = { metadata: { resourceVersion: old.metadata.resourceVersion }, spec: { holderIdentity: 'b' } }
      expect((await target().admin.patch(MERGE_PATCH, leasePath(name), patch)).status).toBe(200)
      expect(
        (await target().admin.patch(MERGE_PATCH, leasePath(name), { ...patch, spec: { holderIdentity: 'c' } })).status,
      ).toBe(409)
    })

    it('refuses to patch what is not there', async () => {
      const { status, body } = await target().admin.patch(MERGE_PATCH, leasePath('missing'), {})
      expect([status, body.reason]).toEqual([404, 'NotFound'])
    })

    it('refuses a body that is not called a patch', async () => {
      const { status, body } = await patched('application/json', {})
      expect([status, body.reason]).toEqual([415, 'UnsupportedMediaType'])
    })

    it('merges the containers of a Pod by name, strategically', async () => {
      const name = freshName('pod')
      await target().admin.post(podsPath(), pod(name))
      const patch = { spec: { containers: [{ name: 'main', image: 'registry.invalid/main:2' }] } }
      const { status, body } = await target().admin.patch(STRATEGIC_MERGE_PATCH, `${podsPath()}/${name}`, patch)
      expect(status).toBe(200)
      expect(body.spec.containers).toMatchObject([{ name: 'main', image: 'registry.invalid/main:2' }])
    })

    it('adds to finalizers strategically, and replaces them otherwise', async () => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name, {}, { finalizers: ['example.com/a'] }))
      const patch = { metadata: { finalizers: ['example.com/b'] } }
      const both = await target().admin.patch(STRATEGIC_MERGE_PATCH, leasePath(name), patch)
      expect([...both.body.metadata.finalizers].sort()).toEqual(['example.com/a', 'example.com/b'])
      const one = await target().admin.patch(MERGE_PATCH, leasePath(name), patch)
      expect(one.body.metadata.finalizers).toEqual(['example.com/b'])
    })

    it('shows what it would do, and changes nothing, on a dry run', async () => {
      const { status, body } = await patched(MERGE_PATCH, { spec: { holderIdentity: 'b' } }, { dryRun: 'All' })
      expect([status, body.spec.holderIdentity]).toEqual([200, 'b'])
      expect((await target().admin.get(leasePath(body.metadata.name as string))).body.spec).toEqual(spec)
    })
  })
}
