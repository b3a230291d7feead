import { describe, expect, it } from 'vitest'
import { MERGE_PATCH } from '../support/http-api.ts'
import { freshName, lease, leasePath, leasesPath } from './objects.ts'
import { OTHER_NAMESPACE, type ConformanceTarget } from './target.ts'

/** Removing objects. */
export function describeDeletes(target: () => ConformanceTarget): void {
  describe('delete', () => {
    it('answers a Status that names the object, which is gone', async () => {
      const name = freshName()
      const { body: old } = await target().admin.post(leasesPath(), lease(name))
      const { status, body } = await target().admin.delete(leasePath(name))
      expect(status).toBe(200)
      expect(body).toMatchObject({
        kind: 'Status',
        status: 'Success',
        details: { name, group: 'coordination.k8s.io', kind: 'leases', uid: old.metadata.uid },
      })
      expect((await target().admin.get(leasePath(name))).status).toBe(404)
    })

    it('gives a new object of the same name another UID', async () => {
      const name = freshName()
      const { body: old } = await target().admin.post(leasesPath(), lease(name))
      await target().admin.delete(leasePath(name))
      const { body } = await target().admin.post(leasesPath(), lease(name))
      expect(body.metadata.uid).not.toBe(old.metadata.uid)
    })

    it('answers 404 where there is nothing', async () => {
      const { status, body } = await target().admin.delete(leasePath('missing'))
      expect([status, body.reason]).toEqual([404, 'NotFound'])
    })

    it.each(['uid', 'resourceVersion'])('refuses another %s than the precondition has', async (field) => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name))
      const { status, body } = await target().admin.delete(leasePath(name), { preconditions: { [field]: '1' } })
      expect([status, body.reason]).toEqual([409, 'Conflict'])
      expect((await target().admin.get(leasePath(name))).status).toBe(200)
    })

    it('carries out what its preconditions allow', async () => {
      const name = freshName()
      const { body: old } = await target().admin.post(leasesPath(), lease(name))
      const { uid, resourceVersion } = old.metadata
      const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } }
      expect((await target().admin.delete(leasePath(name), options)).status).toBe(200)
    })

    it('waits for finalizers', async () => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name, {}, { finalizers: ['example.com/wait'] }))
      const { status, body } = await target().admin.delete(leasePath(name))
      expect([status, body.kind]).toEqual([200, 'Lease'])
      expect(body.metadata.deletionTimestamp).toMatch(/Z$/)
      await target().admin.patch(MERGE_PATCH, leasePath(name), { metadata: { finalizers: null } })
      expect((await target().admin.get(leasePath(name))).status).toBe(404)
    })

    it('removes a selection of a collection', async () => {
      const names = [freshName(), freshName(), freshName()] as const
      for (const name of names) {
        const labels = name === names[2] ? {} : { sweep: 'yes' }
        await target().admin.post(leasesPath(OTHER_NAMESPACE), lease(name, {}, { labels }))
      }
      const query = { labelSelector: 'sweep=yes' }
      const { status } = await target().admin.delete(leasesPath(OTHER_NAMESPACE), undefined, { query })
      expect(status).toBe(200)
      const codes = await Promise.all(
        names.map(async (name) => (await target().admin.get(leasePath(name, OTHER_NAMESPACE))).status),
      )
      expect(codes).toEqual([404, 404, 200])
    })
  })
}
