import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { HttpApi, type Watch } from '../support/http-api.ts'

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases'

describe('the time of a watch', () => {
  let clock: FakeClock
  let sandbox: Sandbox
  let api: HttpApi

  beforeEach(async () => {
    clock = new FakeClock()
    sandbox = await startSandbox({ clock, bookmarkIntervalMs: 60_000 })
    api = new HttpApi(sandbox)
  })
  afterEach(() => sandbox.close())

  async function watch(query: Record<string, string | number>): Promise<Watch> {
    const watching = await api.watch(LEASES, query)
    await expect.poll(() => clock.sleeping).toBe(1)
    return watching
  }
  /** Something to see, which shows that nothing came before it. */
  const mark = (name: string): string => sandbox.plant('leases.coordination.k8s.io', { metadata: { name } })

  it('has a bookmark every interval, with the revision of everything', async () => {
    const watching = await watch({ allowWatchBookmarks: 'true', timeoutSeconds: 600 })
    for (const name of ['one', 'two']) {
      const resourceVersion = sandbox.plant('configmaps', { metadata: { name } })
      await clock.advance(60_000)
      const { type, object } = await watching.next()
      expect([type, object.metadata.resourceVersion]).toEqual(['BOOKMARK', resourceVersion])
    }
    watching.close()
  })

  it('has no bookmark before the interval is over', async () => {
    const watching = await watch({ allowWatchBookmarks: 'true', timeoutSeconds: 600 })
    await clock.advance(59_999)
    mark('mark')
    expect((await watching.next()).type).toBe('ADDED')
    watching.close()
  })

  it('has no bookmarks where none are wanted', async () => {
    const watching = await watch({ timeoutSeconds: 600 })
    await clock.advance(300_000)
    mark('mark')
    expect((await watching.next()).type).toBe('ADDED')
    watching.close()
  })

  it('has a last bookmark two seconds before its end', async () => {
    const watching = await watch({ allowWatchBookmarks: 'true', timeoutSeconds: 30 })
    await clock.advance(28_000)
    expect((await watching.next()).type).toBe('BOOKMARK')
    await clock.advance(2_000)
    expect(await watching.rest()).toEqual([])
  })

  it('is between half an hour and an hour where the client does not say', async () => {
    const watching = await watch({})
    await clock.advance(1_800_000 - 1)
    mark('mark')
    expect((await watching.next()).type).toBe('ADDED')
    await clock.advance(1_800_001)
    expect(await watching.rest()).toEqual([])
  })

  it('takes no more of the clock once the client has gone', async () => {
    const watching = await watch({ allowWatchBookmarks: 'true' })
    watching.close()
    await expect.poll(() => clock.sleeping).toBe(0)
  })
})
