import { afterEach, describe, expect, it } from 'vitest'
import { MERGE_PATCH, type Watch, type WatchLine } from '../support/http-api.ts'
import { ALL_LEASES, freshName, lease, leasePath, leasesPath } from './objects.ts'
import { OTHER_NAMESPACE, type ConformanceTarget } from './target.ts'

/** Watches. Every test looks at leases with a label of its own. */
export function describeWatches(target: () => ConformanceTarget): void {
  describe('watch', () => {
    const open: Watch[] = []
    afterEach(() => {
      for (const watch of open.splice(0)) watch.close()
    })

    async function watch(query: Record<string, string | number>, path = leasesPath()): Promise<Watch> {
      const opened = await target().admin.watch(path, query)
      open.push(opened)
      return opened
    }
    const labelled = (group: string): object => ({ labels: { group } })
    const seen = ({ type, object }: WatchLine): string =>
      `${type} ${object.metadata.name} ${object.spec.holderIdentity}`

    /** Creates, changes and removes a lease; returns its versions. */
    async function live(name: string, group: string): Promise<string[]> {
      const created = await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'a' }, labelled(group)))
      const changed = await target().admin.patch(MERGE_PATCH, leasePath(name), { spec: { holderIdentity: 'b' } })
      await target().admin.delete(leasePath(name))
      return [created, changed].map((reply) => reply.body.metadata.resourceVersion as string)
    }
    async function now(): Promise<string> {
      const { body } = await target().admin.get(leasesPath(), { query: { limit: 1 } })
      return body.metadata.resourceVersion as string
    }

    it('tells of additions, changes and removals from a version on', async () => {
      const name = freshName()
      const watching = await watch({ resourceVersion: await now(), labelSelector: `group=${name}` })
      await live(name, name)
      expect((await watching.take(3)).map(seen)).toEqual([`ADDED ${name} a`, `MODIFIED ${name} b`, `DELETED ${name} b`])
    })

    it('shows whole objects with their kind', async () => {
      const name = freshName()
      const watching = await watch({ resourceVersion: await now(), labelSelector: `group=${name}` })
      const { body } = await target().admin.post(leasesPath(), lease(name, {}, labelled(name)))
      expect(await watching.next()).toEqual({ type: 'ADDED', object: body })
    })

    it('shows a removed object under the version of its removal', async () => {
      const name = freshName()
      const watching = await watch({ resourceVersion: await now(), labelSelector: `group=${name}` })
      const versions = await live(name, name)
      const removed = (await watching.take(3))[2]!
      expect(Number(removed.object.metadata.resourceVersion)).toBeGreaterThan(Number(versions[1]))
    })

    it('tells what happened since the version, in order, before it goes on', async () => {
      const name = freshName()
      const start = await now()
      await live(name, name)
      const watching = await watch({ resourceVersion: start, labelSelector: `group=${name}` })
      await target().admin.post(leasesPath(), lease(`${name}-next`, {}, labelled(name)))
      expect((await watching.take(4)).map((event) => event.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED', 'ADDED'])
    })

    it('begins after the version, not with it', async () => {
      const name = freshName()
      const versions = await live(name, name)
      const watching = await watch({ resourceVersion: versions[0]!, labelSelector: `group=${name}` })
      expect((await watching.next()).type).toBe('MODIFIED')
    })

    it.each([
      ['no version', {}],
      ['version 0', { resourceVersion: 0 }],
    ])('from %s: begins with what is there', async (_what, query) => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(`${name}-a`, { holderIdentity: 'a' }, labelled(name)))
      await target().admin.post(leasesPath(), lease(`${name}-b`, { holderIdentity: 'b' }, labelled(name)))
      const path = leasesPath()
      // The cache may lag a moment behind: then what is there comes as it is added.
      const watching = await watch({ ...query, labelSelector: `group=${name}` }, path)
      expect((await watching.take(2)).map(seen).sort()).toEqual([`ADDED ${name}-a a`, `ADDED ${name}-b b`])
      await target().admin.delete(leasePath(`${name}-a`))
      expect(seen(await watching.next())).toBe(`DELETED ${name}-a a`)
    })

    it('sees only its namespace', async () => {
      const name = freshName()
      const query = { resourceVersion: await now(), labelSelector: `group=${name}` }
      const here = await watch(query)
      const everywhere = await watch(query, ALL_LEASES)
      await target().admin.post(leasesPath(OTHER_NAMESPACE), lease(`${name}-there`, {}, labelled(name)))
      await target().admin.post(leasesPath(), lease(`${name}-here`, {}, labelled(name)))
      expect((await here.next()).object.metadata.name).toBe(`${name}-here`)
      expect((await everywhere.take(2)).map((event) => event.object.metadata.name as string)).toEqual([
        `${name}-there`,
        `${name}-here`,
      ])
    })

    it('sees one object by its name', async () => {
      const name = freshName()
      const watching = await watch({ resourceVersion: await now(), fieldSelector: `metadata.name=${name}` })
      await target().admin.post(leasesPath(), lease(`${name}-other`))
      await target().admin.post(leasesPath(), lease(name))
      expect((await watching.next()).object.metadata.name).toBe(name)
    })

    it('adds what enters a selection, and removes what leaves it, as it was', async () => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'a' }))
      const watching = await watch({ resourceVersion: await now(), labelSelector: `group=${name}` })
      const patch = (body: object): Promise<unknown> => target().admin.patch(MERGE_PATCH, leasePath(name), body)
      await patch({ metadata: { labels: { group: name } } })
      await patch({ spec: { holderIdentity: 'b' } })
      await patch({ metadata: { labels: { group: null } }, spec: { holderIdentity: 'c' } })
      await patch({ metadata: { labels: { group: name } } })
      expect((await watching.take(4)).map(seen)).toEqual([
        `ADDED ${name} a`,
        `MODIFIED ${name} b`,
        `DELETED ${name} b`,
        `ADDED ${name} c`,
      ])
    })

    it('says nothing of a write that changes nothing, nor of a dry run', async () => {
      const name = freshName()
      const { body } = await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'a' }, labelled(name)))
      const watching = await watch({ resourceVersion: body.metadata.resourceVersion, labelSelector: `group=${name}` })
      await target().admin.put(leasePath(name), body)
      const dry = { query: { dryRun: 'All' } }
      await target().admin.patch(MERGE_PATCH, leasePath(name), { spec: { holderIdentity: 'b' } }, dry)
      await target().admin.patch(MERGE_PATCH, leasePath(name), { spec: { holderIdentity: 'c' } })
      expect(seen(await watching.next())).toBe(`MODIFIED ${name} c`)
    })

    it('tells every watcher the same', async () => {
      const name = freshName()
      const query = { resourceVersion: await now(), labelSelector: `group=${name}` }
      const watches = await Promise.all([1, 2, 3].map(() => watch(query)))
      await live(name, name)
      const told = await Promise.all(watches.map((watching) => watching.take(3)))
      expect(told[1]).toEqual(told[0])
      expect(told[2]).toEqual(told[0])
    })

    it('ends by itself after timeoutSeconds', async () => {
      const name = freshName()
      const watching = await watch({ resourceVersion: await now(), labelSelector: `group=${name}`, timeoutSeconds: 1 })
      expect(await watching.rest()).toEqual([])
    })

    it('reports its position with a bookmark shortly before it ends, if asked to', async () => {
      const start = await now()
      const query = {
        resourceVersion: start,
        labelSelector: 'group=none',
        timeoutSeconds: 5,
        allowWatchBookmarks: 'true',
      }
      const watching = await watch(query)
      const { body } = await target().admin.post(leasesPath(), lease(freshName()))
      const events = await watching.rest()
      expect(events.map((event) => event.type)).toContain('BOOKMARK')
      expect(events.every((event) => event.type === 'BOOKMARK')).toBe(true)
      const last = events.at(-1)!.object
      expect(last).toMatchObject({ kind: 'Lease', apiVersion: 'coordination.k8s.io/v1' })
      expect(Number(last.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(body.metadata.resourceVersion))
    })

    it('refuses a match of versions', async () => {
      const query = { watch: 'true', resourceVersion: 1, resourceVersionMatch: 'Exact', timeoutSeconds: 1 }
      const { status, body } = await target().admin.get(leasesPath(), { query })
      expect([status, body.reason, body.details.kind]).toEqual([422, 'Invalid', 'ListOptions'])
    })
  })

  // Last, since it makes the server forget.
  describe('a past that is forgotten', () => {
    it('expires watches, pages and exact lists', async () => {
      const group = freshName()
      for (const letter of ['a', 'b', 'c']) {
        await target().admin.post(leasesPath(), lease(`${group}-${letter}`, {}, { labels: { group } }))
      }
      const query = { labelSelector: `group=${group}`, limit: 1 }
      const first = (await target().admin.get(leasesPath(), { query })).body
      const { resourceVersion } = first.metadata
      // A version is forgotten only once there is a later one.
      await target().admin.post(leasesPath(), lease(freshName()))
      await target().forgetPast()

      const watching = await target().admin.watch(leasesPath(), { resourceVersion: 1, timeoutSeconds: 5 })
      const [event] = await watching.rest()
      expect(event).toMatchObject({
        type: 'ERROR',
        object: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 },
      })
      expect(event!.object.message).toMatch(/^too old resource version: 1/)

      const exact = await target().admin.get(leasesPath(), {
        query: { resourceVersion, resourceVersionMatch: 'Exact' },
      })
      expect([exact.status, exact.body.reason]).toEqual([410, 'Expired'])

      const page = await target().admin.get(leasesPath(), { query: { ...query, continue: first.metadata.continue } })
      expect([page.status, page.body.reason]).toEqual([410, 'Expired'])
      const token = page.body.metadata.continue as string
      const rest = await target().admin.get(leasesPath(), { query: { ...query, limit: 10, continue: token } })
      expect(rest.status).toBe(200)
      expect((rest.body.items as { metadata: { name: string } }[]).map((item) => item.metadata.name)).toEqual([
        `${group}-b`,
        `${group}-c`,
      ])
    })
  })
}
