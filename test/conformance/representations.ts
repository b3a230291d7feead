import { describe, expect, it } from 'vitest'
import { freshName, lease, leasePath, leasesPath, pod, podsPath } from './objects.ts'
import type { ConformanceTarget } from './target.ts'

const TABLE = { headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } }
const METADATA = { headers: { Accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' } }
const METADATA_LIST = { headers: { Accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' } }

interface Column {
  readonly name: string
  readonly priority: number
}

/** The forms in which objects are asked for: Tables, as kubectl does, and metadata alone. */
export function describeRepresentations(target: () => ConformanceTarget): void {
  describe('Table', () => {
    it('shows leases as NAME, HOLDER, AGE', async () => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'me' }, { labels: { table: name } }))
      const { status, body } = await target().admin.get(leasesPath(), {
        ...TABLE,
        query: { labelSelector: `table=${name}` },
      })
      expect(status).toBe(200)
      expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' })
      expect(body.metadata.resourceVersion).toMatch(/^\d+$/)
      expect((body.columnDefinitions as Column[]).map((column) => column.name)).toEqual(['Name', 'Holder', 'Age'])
      expect(body.rows).toMatchObject([{ cells: [name, 'me', expect.stringMatching(/^\d+s$/)] }])
      expect(body.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name } })
      expect(body.rows[0].object).not.toHaveProperty('spec')
    })

    it('shows Pods as NAME, READY, STATUS, RESTARTS, AGE, and more on demand', async () => {
      const name = freshName('pod')
      await target().admin.post(podsPath(), pod(name))
      const { body } = await target().admin.get(podsPath(), {
        ...TABLE,
        query: { fieldSelector: `metadata.name=${name}` },
      })
      const columns = body.columnDefinitions as Column[]
      const narrow = columns.filter((column) => column.priority === 0).map((column) => column.name)
      expect(narrow).toEqual(['Name', 'Ready', 'Status', 'Restarts', 'Age'])
      const wide = columns.filter((column) => column.priority > 0).map((column) => column.name)
      expect(wide).toEqual(['IP', 'Node', 'Nominated Node', 'Readiness Gates'])
      expect((body.rows[0].cells as unknown[]).map(String)).toEqual([
        name,
        '0/1',
        'Pending',
        '0',
        expect.stringMatching(/^\d+s$/),
        '<none>',
        '<none>',
        '<none>',
        '<none>',
      ])
    })

    it.each([
      ['Object', expect.objectContaining({ kind: 'Lease', spec: { holderIdentity: 'me' } })],
      ['Metadata', expect.objectContaining({ kind: 'PartialObjectMetadata' })],
      ['None', null],
    ])('includes as much of the object as is asked for: %s', async (includeObject, object: unknown) => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'me' }))
      const { body } = await target().admin.get(leasePath(name), { ...TABLE, query: { includeObject } })
      expect(body.rows).toHaveLength(1)
      expect(body.rows[0].object).toEqual(object)
    })

    it('is the form of watch events too, whose first one has the columns', async () => {
      const name = freshName()
      const { body } = await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'a' }))
      const query = { fieldSelector: `metadata.name=${name}`, timeoutSeconds: 5 }
      const watching = await target().admin.watch(leasesPath(), query, TABLE)
      const first = await watching.next()
      await target().admin.put(leasePath(name), { ...body, spec: { holderIdentity: 'b' } })
      const second = await watching.next()
      watching.close()
      expect([first.type, first.object.kind, first.object.columnDefinitions.length]).toEqual(['ADDED', 'Table', 3])
      expect(first.object.rows[0].cells).toEqual([name, 'a', expect.any(String)])
      expect([second.type, second.object.rows[0].cells[1]]).toEqual(['MODIFIED', 'b'])
      expect(second.object.columnDefinitions ?? []).toEqual([])
    })

    it('is left to the next form where the server does not have it', async () => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name))
      const headers = { Accept: 'application/json;as=Table;v=v9;g=meta.k8s.io,application/json' }
      expect((await target().admin.get(leasePath(name), { headers })).body.kind).toBe('Lease')
    })
  })

  describe('metadata alone', () => {
    it('of one object', async () => {
      const name = freshName()
      const { body: whole } = await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'me' }))
      const { body } = await target().admin.get(leasePath(name), METADATA)
      expect(body).toEqual({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: whole.metadata })
    })

    it('of a list', async () => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'me' }))
      const query = { fieldSelector: `metadata.name=${name}` }
      const { body } = await target().admin.get(leasesPath(), { ...METADATA_LIST, query })
      expect(body.kind).toBe('PartialObjectMetadataList')
      expect(body.items).toMatchObject([{ metadata: { name } }])
      expect(body.items[0]).not.toHaveProperty('spec')
    })
  })

  it('refuses to answer in a form that it does not have', async () => {
    const { status } = await target().admin.get(leasesPath(), { headers: { Accept: 'text/html' } })
    expect(status).toBe(406)
  })
}
