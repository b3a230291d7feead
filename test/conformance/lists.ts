import { beforeAll, describe, expect, it } from 'vitest'
import { ALL_LEASES, freshName, lease, leasePath, leasesPath, pod, podsPath } from './objects.ts'
import { NAMESPACE, OTHER_NAMESPACE, type ConformanceTarget } from './target.ts'

interface List {
  readonly metadata: {
    readonly resourceVersion: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
  readonly items: { readonly metadata: { readonly name: string; readonly resourceVersion: string } }[]
}

/** Lists, their pages, selectors and resourceVersions. */
export function describeLists(target: () => ConformanceTarget): void {
  describe('list', () => {
    // A collection of its own: labels set it apart from what other tests make.
    const group = freshName('group')
    const names = ['a', 'b', 'c', 'd', 'e'].map((letter) => `${group}-${letter}`)
    const ours = `group=${group}`

    async function list(query: Record<string, string | number> = {}, path = leasesPath()): Promise<List> {
      const { status, body } = await target().admin.get(path, { query: { labelSelector: ours, ...query } })
      expect(status).toBe(200)
      return body as List
    }
    const namesOf = (found: List): string[] => found.items.map((item) => item.metadata.name).sort()

    beforeAll(async () => {
      for (const [index, name] of names.entries()) {
        const labels = { group, parity: index % 2 === 0 ? 'even' : 'odd', ...(index === 0 ? { first: '' } : {}) }
        await target().admin.post(leasesPath(), lease(name, { holderIdentity: name }, { labels }))
      }
      await target().admin.post(leasesPath(OTHER_NAMESPACE), lease(names[0]!, {}, { labels: { group } }))
    })

    it('is a List with a resourceVersion, whose items leave out their kind', async () => {
      const { status, body } = await target().admin.get(leasesPath(), { query: { labelSelector: ours } })
      expect(status).toBe(200)
      expect(body).toMatchObject({ kind: 'LeaseList', apiVersion: 'coordination.k8s.io/v1' })
      expect(body.metadata.resourceVersion).toMatch(/^[1-9]\d*$/)
      expect(body.items).toHaveLength(5)
      expect(body.items[0]).not.toHaveProperty('kind')
    })

    it('is in the order of the names', async () => {
      expect((await list()).items.map((item) => item.metadata.name)).toEqual(names)
    })

    it('spans namespaces, in the order of NAMESPACE/NAME, where - comes before /', async () => {
      const { body } = await target().admin.get(ALL_LEASES, { query: { labelSelector: ours } })
      const namespaces = (body.items as { metadata: { namespace: string } }[]).map((item) => item.metadata.namespace)
      expect(namespaces).toEqual([OTHER_NAMESPACE, ...names.map(() => NAMESPACE)])
    })

    it('is empty in a namespace that is not there', async () => {
      const { status, body } = await target().admin.get(leasesPath('nowhere'))
      expect([status, body.items]).toEqual([200, []])
    })

    describe('selectors', () => {
      it.each([
        ['parity=even', ['a', 'c', 'e']],
        ['parity==odd', ['b', 'd']],
        ['parity!=even', ['b', 'd']],
        ['parity in (even,odd)', ['a', 'b', 'c', 'd', 'e']],
        ['parity notin (odd)', ['a', 'c', 'e']],
        ['first', ['a']],
        ['!first', ['b', 'c', 'd', 'e']],
        ['parity=even,!first', ['c', 'e']],
        ['first=', ['a']],
        ['parity in (even), first', ['a']],
      ])('by label: %s', async (selector, letters) => {
        const found = await list({ labelSelector: `${ours},${selector}` })
        expect(namesOf(found)).toEqual(letters.map((letter) => `${group}-${letter}`))
      })

      it.each([
        [`metadata.name=${group}-b`, ['b']],
        [`metadata.name!=${group}-b`, ['a', 'c', 'd', 'e']],
        [`metadata.namespace=${OTHER_NAMESPACE}`, []],
        [`metadata.name=${group}-b,metadata.namespace=${NAMESPACE}`, ['b']],
      ])('by field: %s', async (fieldSelector, letters) => {
        expect(namesOf(await list({ fieldSelector }))).toEqual(letters.map((letter) => `${group}-${letter}`))
      })

      it.each([
        ['labelSelector', 'a b c'],
        ['labelSelector', 'a in b'],
        ['labelSelector', '=x'],
        ['fieldSelector', 'spec.holderIdentity=x'],
        ['fieldSelector', 'nonsense'],
      ])('refuse %s %s', async (parameter, value) => {
        const { status, body } = await target().admin.get(leasesPath(), { query: { [parameter]: value } })
        expect([status, body.reason]).toEqual([400, 'BadRequest'])
      })

      it('find Pods by phase and node', async () => {
        const labels = { pods: group }
        await target().admin.post(podsPath(), pod(`${group}-p`, {}, labels))
        await target().admin.post(podsPath(), pod(`${group}-q`, { nodeName: 'node-1' }, labels))
        const cases: [string, string[]][] = [
          ['spec.nodeName=node-1', [`${group}-q`]],
          ['spec.nodeName=', [`${group}-p`]],
          ['status.phase=Pending', [`${group}-p`, `${group}-q`]],
          ['status.phase=Running', []],
        ]
        for (const [fieldSelector, found] of cases) {
          expect(namesOf(await list({ labelSelector: `pods=${group}`, fieldSelector }, podsPath()))).toEqual(found)
        }
      })

      it('find Events by what they are about', async () => {
        const events = `/api/v1/namespaces/${NAMESPACE}/events`
        for (const name of ['one', 'two']) {
          const involvedObject = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: NAMESPACE, name }
          const event = {
            metadata: { name: `${group}-${name}` },
            involvedObject,
            reason: 'Test',
            message: 'm',
            type: 'Normal',
          }
          expect((await target().admin.post(events, event)).status).toBe(201)
        }
        const { body } = await target().admin.get(events, {
          query: { fieldSelector: 'involvedObject.kind=Lease,involvedObject.name=one' },
        })
        expect(namesOf(body as List)).toEqual([`${group}-one`])
      })
    })

    describe('pages', () => {
      it('cover everything once, each under the resourceVersion of the first', async () => {
        const pages: List[] = []
        let next: string | undefined
        do {
          pages.push(await list({ limit: 2, ...(next === undefined ? {} : { continue: next }) }))
          next = pages.at(-1)!.metadata.continue
        } while (next)
        expect(pages.map((page) => page.items.length)).toEqual([2, 2, 1])
        expect(pages.flatMap(namesOf)).toEqual(names)
        expect(new Set(pages.map((page) => page.metadata.resourceVersion)).size).toBe(1)
      })

      it('count what remains where nothing is selected', async () => {
        const space = freshName('space')
        await target().admin.post('/api/v1/namespaces', { metadata: { name: space } })
        for (const name of ['a', 'b', 'c']) await target().admin.post(leasesPath(space), lease(name))
        const { body } = await target().admin.get(leasesPath(space), { query: { limit: 1 } })
        expect(body.metadata.remainingItemCount).toBe(2)
        expect((await list({ limit: 1 })).metadata.remainingItemCount).toBeUndefined()
      })

      it('show the collection as it was when the first was read', async () => {
        const first = await list({ limit: 3 })
        const name = `${group}-bb`
        await target().admin.post(leasesPath(), lease(name, {}, { labels: { group } }))
        const late = `${group}-x`
        await target().admin.post(leasesPath(), lease(late, {}, { labels: { group } }))
        const second = await list({ limit: 3, continue: first.metadata.continue! })
        expect([...namesOf(first), ...namesOf(second)]).toEqual(names)
        await target().admin.delete(leasePath(name))
        await target().admin.delete(leasePath(late))
      })

      it.each([
        ['a token that the server did not write', { continue: 'garbage' }],
        ['a limit that is no number', { limit: 'x' }],
      ])('refuse %s', async (_what, query) => {
        const { status, body } = await target().admin.get(leasesPath(), { query })
        expect([status, body.reason]).toEqual([400, 'BadRequest'])
      })

      it('refuse a token together with a resourceVersion', async () => {
        const first = await list({ limit: 2 })
        const query = { continue: first.metadata.continue!, resourceVersion: first.metadata.resourceVersion }
        expect((await target().admin.get(leasesPath(), { query })).status).toBe(400)
      })
    })

    describe('resourceVersion', () => {
      it('none: the most recent state', async () => {
        const name = freshName()
        const { body } = await target().admin.post(leasesPath(), lease(name, {}, { labels: { group: name } }))
        const found = await list({ labelSelector: `group=${name}` })
        expect(Number(found.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(body.metadata.resourceVersion))
        expect(namesOf(found)).toEqual([name])
      })

      it('0: any state, and all of it whatever the limit', async () => {
        // The cache may lag a moment behind.
        await expect.poll(async () => namesOf(await list({ resourceVersion: 0, limit: 2 }))).toEqual(names)
      })

      it('a number: a state that is at least as new', async () => {
        const { body } = await target().admin.post(
          leasesPath(),
          lease(freshName(), {}, { labels: { group: `${group}-n` } }),
        )
        const resourceVersion = body.metadata.resourceVersion as string
        const found = await list({ labelSelector: `group=${group}-n`, resourceVersion })
        expect(found.items).toHaveLength(1)
        expect(Number(found.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(resourceVersion))
      })

      it.each([{ resourceVersionMatch: 'Exact' }, { limit: 100 }])(
        'a number with %o: the state of that moment',
        async (extra) => {
          const name = freshName()
          const labels = { group: name }
          const { body: old } = await target().admin.post(
            leasesPath(),
            lease(name, { holderIdentity: 'a' }, { labels }),
          )
          await target().admin.put(leasePath(name), { ...old, spec: { holderIdentity: 'b' } })
          await target().admin.post(leasesPath(), lease(freshName(), {}, { labels }))
          const { resourceVersion } = old.metadata
          const found = await list({ labelSelector: `group=${name}`, resourceVersion, ...extra })
          expect(found.metadata.resourceVersion).toBe(resourceVersion)
          expect(found.items).toMatchObject([{ metadata: { name, resourceVersion }, spec: { holderIdentity: 'a' } }])
        },
      )

      it('far ahead: waits in vain', async () => {
        const { status, body } = await target().admin.get(leasesPath(), { query: { resourceVersion: 999_999_999 } })
        expect([status, body.reason]).toEqual([504, 'Timeout'])
        expect(body.details.causes).toMatchObject([{ reason: 'ResourceVersionTooLarge' }])
      })

      it.each([
        ['a match without a version', { resourceVersionMatch: 'Exact' }],
        ['a match that there is not', { resourceVersionMatch: 'Roughly', resourceVersion: 1 }],
        ['an exact match of 0', { resourceVersionMatch: 'Exact', resourceVersion: 0 }],
      ])('refuses %s', async (_what, query) => {
        const { status, body } = await target().admin.get(leasesPath(), { query })
        expect([status, body.reason]).toEqual([422, 'Invalid'])
        expect(body.details).toMatchObject({ kind: 'ListOptions', causes: [{ field: 'resourceVersionMatch' }] })
      })

      it('is an error if it is not a number', async () => {
        const { status } = await target().admin.get(leasesPath(), { query: { resourceVersion: 'x' } })
        expect(status).toBeGreaterThanOrEqual(400)
      })
    })
  })
}
