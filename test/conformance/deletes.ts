import { describe, expect, it, vi } from 'vitest'
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

    it('lets be updated what waits for finalizers, and tells a watch when it is gone', async () => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'a' }, { finalizers: ['example.com/wait'] }))
      const { body: deleted } = await target().admin.delete(leasePath(name))
      const { status, body: renewed } = await target().admin.put(leasePath(name), { ...deleted, spec: { holderIdentity: 'b' } })
      expect([status, renewed.spec.holderIdentity, renewed.metadata.deletionTimestamp]).toEqual([200, 'b', deleted.metadata.deletionTimestamp])
      const more = { ...renewed, metadata: { ...renewed.metadata, finalizers: ['example.com/wait', 'example.com/more'] } }
      const refused = await target().admin.put(leasePath(name), more)
      expect([refused.status, refused.body.message]).toEqual([
        422,
        expect.stringContaining(
          'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/more"}',
        ),
      ])
      const fieldSelector = `metadata.name=${name}`
      const watching = await target().admin.watch(leasesPath(), { fieldSelector, resourceVersion: renewed.metadata.resourceVersion, timeoutSeconds: 30 })
      await target().admin.put(leasePath(name), { ...renewed, metadata: { ...renewed.metadata, finalizers: [] } })
      expect(await watching.next()).toMatchObject({ type: 'DELETED', object: { metadata: { name } } })
      watching.close()
      expect((await target().admin.get(leasePath(name))).status).toBe(404)
    })

    it('keeps a namespace from new objects while it is being deleted, and from nothing else', async () => {
      const namespace = freshName('namespace')
      await target().admin.post('/api/v1/namespaces', { metadata: { name: namespace, finalizers: ['example.com/wait'] } })
      const { body: old } = await target().admin.post(leasesPath(namespace), lease('old'))
      await target().admin.delete(`/api/v1/namespaces/${namespace}`)
      // The admission plugin learns of it by a watch of its own.
      const refused = await vi.waitFor(async () => {
        const reply = await target().admin.post(leasesPath(namespace), lease(freshName()))
        expect(reply.status).toBe(403)
        return reply
      }, { timeout: 30_000, interval: 100 })
      expect([refused.body.reason, refused.body.message]).toEqual([
        'Forbidden',
        expect.stringMatching(/ is forbidden: unable to create new content in namespace \S+ because it is being terminated$/),
      ])
      expect(refused.body.details.causes).toEqual([
        { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' },
      ])
      expect((await target().admin.put(leasePath('old', namespace), { ...old, spec: { holderIdentity: 'a' } })).status).toBe(200)
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
