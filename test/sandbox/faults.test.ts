import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startSandbox, type FaultMatch, type Sandbox } from '../../shared/sandbox/index.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { HttpApi, type Reply } from '../support/http-api.ts'

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const lease = (name: string, holderIdentity = 'a'): object => ({ metadata: { name }, spec: { holderIdentity } })

describe('faults', () => {
  const clock = new FakeClock()
  let sandbox: Sandbox
  let api: HttpApi

  beforeEach(async () => {
    sandbox = await startSandbox({ clock })
    api = new HttpApi(sandbox)
    await api.post(LEASES, lease('x'))
  })
  afterEach(() => sandbox.close())

  const holderOf = async (name: string): Promise<unknown> =>
    (await api.get(`${LEASES}/${name}`)).body.spec.holderIdentity

  /** Whether a request is under way that nothing but a fault keeps from being answered. */
  async function isHeld(reply: Promise<Reply>): Promise<boolean> {
    const answered = reply.then(() => false)
    // A request that was sent later and is not held has been answered: so would the other have been.
    const later = api.get('/readyz').then(() => true)
    return Promise.race([answered, later])
  }

  describe('error', () => {
    it('answers with a Status of the code', async () => {
      sandbox.faults.error({ code: 503 })
      const { status, body } = await api.get(LEASES)
      expect([status, body]).toMatchObject([
        503,
        { kind: 'Status', status: 'Failure', reason: 'ServiceUnavailable', code: 503 },
      ])
    })

    it('says when to come again', async () => {
      sandbox.faults.error({ code: 429, retryAfterSeconds: 7 })
      const { status, headers, body } = await api.get(LEASES)
      expect([status, headers['retry-after'], body.details.retryAfterSeconds]).toEqual([429, '7', 7])
    })

    it('answers with what a proxy might say', async () => {
      sandbox.faults.error({ code: 502, body: '<html>Bad Gateway</html>' })
      const { status, text } = await api.get(LEASES)
      expect([status, text]).toEqual([502, '<html>Bad Gateway</html>'])
    })

    it('carries nothing out', async () => {
      sandbox.faults.error({ code: 500, method: 'DELETE' })
      expect((await api.delete(`${LEASES}/x`)).status).toBe(500)
      expect((await api.get(`${LEASES}/x`)).status).toBe(200)
    })

    it('strikes as often as it should', async () => {
      sandbox.faults.error({ code: 500, times: 2 })
      const codes = [await api.get(LEASES), await api.get(LEASES), await api.get(LEASES)].map((reply) => reply.status)
      expect(codes).toEqual([500, 500, 200])
    })

    it('ends when it is disposed of', async () => {
      const dispose = sandbox.faults.error({ code: 500 })
      expect((await api.get(LEASES)).status).toBe(500)
      dispose()
      dispose()
      expect((await api.get(LEASES)).status).toBe(200)
    })

    it('ends with all others', async () => {
      sandbox.faults.error({ code: 500 })
      sandbox.faults.drop()
      sandbox.faults.clear()
      expect((await api.get(LEASES)).status).toBe(200)
    })
  })

  describe('change', () => {
    const patch = { metadata: { labels: { by: 'platform' } }, spec: { leaseDurationSeconds: 60 } }
    const changed = { metadata: { labels: { by: 'platform' } }, spec: { leaseDurationSeconds: 60 } }

    it.each<[string, () => Promise<Reply>]>([
      ['created', () => api.post(LEASES, lease('y'))],
      ['updated', async () => api.put(`${LEASES}/x`, { ...(await api.get(`${LEASES}/x`)).body, spec: { holderIdentity: 'b' } })],
      ['patched', () => api.patch('application/merge-patch+json', `${LEASES}/x`, { spec: { holderIdentity: 'b' } })],
    ])('changes what is %s, and the answer shows it', async (_how, write) => {
      sandbox.faults.change({ patch })
      const { body } = await write()
      expect(body).toMatchObject(changed)
      const { name } = body.metadata as { name: string }
      expect((await api.get(`${LEASES}/${name}`)).body).toEqual(body)
    })

    it('takes away what the patch has null for', async () => {
      sandbox.faults.change({ patch: { spec: { holderIdentity: null } } })
      expect((await api.post(LEASES, lease('y'))).body.spec).toEqual({})
    })

    it('is checked as what anybody writes', async () => {
      sandbox.faults.change({ patch: { spec: { leaseDurationSeconds: -1 } } })
      expect((await api.post(LEASES, lease('y'))).body).toMatchObject({ code: 422, reason: 'Invalid' })
    })

    it('strikes writes alone, and those that match', async () => {
      sandbox.faults.change({ patch, path: /leases/, times: 1 })
      expect((await api.get(`${LEASES}/x`)).body.spec).toEqual({ holderIdentity: 'a' })
      const other = await api.post('/api/v1/namespaces/default/configmaps', { metadata: { name: 'x' } })
      expect(other.body.metadata.labels).toBeUndefined()
      expect((await api.post(LEASES, lease('y'))).body).toMatchObject(changed)
      expect((await api.post(LEASES, lease('z'))).body.spec).toEqual({ holderIdentity: 'a' })
    })
  })

  describe('a match', () => {
    it.each<[FaultMatch, boolean]>([
      [{}, true],
      [{ method: 'GET' }, true],
      [{ method: 'PUT' }, false],
      [{ method: ['PUT', 'GET'] }, true],
      [{ path: /leases/ }, true],
      [{ path: /limit=1$/ }, true],
      [{ path: /pods/ }, false],
      [{ user: 'sandbox-admin' }, true],
      [{ user: 'someone' }, false],
      [{ watch: false }, true],
      [{ watch: true }, false],
      [{ method: 'GET', path: /leases/, user: 'someone' }, false],
    ])('of %o strikes a GET of leases by the administrator: %s', async (match, strikes) => {
      sandbox.faults.error({ code: 500, ...match })
      expect((await api.get(LEASES, { query: { limit: 1 } })).status).toBe(strikes ? 500 : 200)
    })
  })

  describe('connections', () => {
    it('drop before anything is carried out', async () => {
      sandbox.faults.drop({ method: 'DELETE' })
      await expect(api.delete(`${LEASES}/x`)).rejects.toThrow()
      expect((await api.get(`${LEASES}/x`)).status).toBe(200)
    })

    it('drop once it was carried out: the reply is lost', async () => {
      sandbox.faults.loseReply({ method: 'DELETE' })
      await expect(api.delete(`${LEASES}/x`)).rejects.toThrow()
      expect((await api.get(`${LEASES}/x`)).status).toBe(404)
    })

    it('are slow for as long as they should be', async () => {
      sandbox.faults.latency(5_000, { path: /leases/ })
      const reply = api.get(LEASES)
      await expect.poll(() => clock.sleeping).toBe(1)
      await clock.advance(4_999)
      expect(clock.sleeping).toBe(1)
      await clock.advance(1)
      expect((await reply).status).toBe(200)
    })

    it('freeze, and go on when it is over', async () => {
      const thaw = sandbox.faults.freeze({ path: /leases/ })
      const reply = api.get(LEASES)
      expect(await isHeld(reply)).toBe(true)
      thaw()
      expect((await reply).status).toBe(200)
    })

    it('are cut off for one user and not for another', async () => {
      const other = api.as(sandbox.addUser({ name: 'other', groups: ['system:masters'] }))
      const heal = sandbox.faults.partition({ user: 'other' })
      await expect(other.get(LEASES)).rejects.toThrow()
      expect((await api.get(LEASES)).status).toBe(200)
      heal()
      expect((await other.get(LEASES)).status).toBe(200)
    })

    it('hang in a partition where that is asked for', async () => {
      const heal = sandbox.faults.partition({ mode: 'hang', path: /leases/ })
      const reply = api.get(LEASES)
      expect(await isHeld(reply)).toBe(true)
      heal()
      expect((await reply).status).toBe(200)
    })
  })

  it('cut an answer off in its middle', async () => {
    sandbox.faults.truncate({ times: 1 })
    const whole = (await api.get(LEASES)).text
    expect(() => JSON.parse(whole) as unknown).toThrow(SyntaxError)
    expect((await api.get(LEASES)).text.startsWith(whole)).toBe(true)
  })

  describe('of watches', () => {
    it('end them in the ordinary way', async () => {
      const watch = await api.watch(LEASES)
      await watch.next()
      expect(sandbox.faults.endWatches()).toBe(1)
      expect(await watch.rest()).toEqual([])
    })

    it('break their connections', async () => {
      const watch = await api.watch(LEASES)
      await watch.next()
      expect(sandbox.faults.breakWatches()).toBe(1)
      await expect(watch.next()).rejects.toThrow()
    })

    it('let them expire in mid-stream', async () => {
      const watch = await api.watch(LEASES)
      await watch.next()
      expect(sandbox.faults.expireOpenWatches()).toBe(1)
      expect(await watch.rest()).toMatchObject([{ type: 'ERROR', object: { reason: 'Expired', code: 410 } }])
    })

    it('let them expire as they open, in the stream', async () => {
      sandbox.faults.expireWatches({ times: 1 })
      const watch = await api.watch(LEASES)
      expect(await watch.rest()).toMatchObject([{ type: 'ERROR', object: { reason: 'Expired', code: 410 } }])
      const next = await api.watch(LEASES)
      expect((await next.next()).type).toBe('ADDED')
      next.close()
    })

    it('let them expire as they open, as an HTTP status', async () => {
      sandbox.faults.expireWatches({ asHttpStatus: true })
      const { status, body } = await api.get(LEASES, { query: { watch: 'true' } })
      expect([status, body.reason]).toEqual([410, 'Expired'])
      expect((await api.get(LEASES)).status).toBe(200)
    })

    it('can\'t begin with what there is and have bookmarks, without progress notifications', async () => {
      sandbox.faults.withoutProgress()
      const bookmarks = { allowWatchBookmarks: 'true' }
      const refused = await api.watch(LEASES, { resourceVersion: '0', ...bookmarks })
      expect(await refused.rest()).toMatchObject([{ type: 'ERROR', object: { code: 500 } }])
      for (const query of [{ resourceVersion: '0' }, { resourceVersion: String(sandbox.revision - 1), ...bookmarks }]) {
        const taken = await api.watch(LEASES, query)
        expect((await taken.next()).type).toBe('ADDED')
        taken.close()
      }
    })

    it('send a line that is not JSON, and continue', async () => {
      const watch = await api.watch(LEASES)
      await watch.next()
      expect(sandbox.faults.garbage()).toBe(1)
      await expect(watch.next()).rejects.toThrow(SyntaxError)
      await api.post(LEASES, lease('y'))
      expect((await watch.next()).object.metadata.name).toBe('y')
      watch.close()
    })

    it('silence them, and tell what was missed when it is over', async () => {
      const watch = await api.watch(LEASES, { fieldSelector: 'metadata.name=y' })
      const thaw = sandbox.faults.freeze({ watch: true })
      await api.post(LEASES, lease('y', 'a'))
      await api.delete(`${LEASES}/y`)
      const missed = watch.take(2)
      expect(await isHeld(missed as unknown as Promise<Reply>)).toBe(true)
      thaw()
      expect((await missed).map((event) => event.type)).toEqual(['ADDED', 'DELETED'])
      watch.close()
    })

    it('break those of a user who is cut off', async () => {
      const other = api.as(sandbox.addUser({ name: 'other', groups: ['system:masters'] }))
      const [theirs, ours] = [await other.watch(LEASES), await api.watch(LEASES)]
      await Promise.all([theirs.next(), ours.next()])
      sandbox.faults.partition({ user: 'other' })
      await expect(theirs.next()).rejects.toThrow()
      await api.post(LEASES, lease('y'))
      expect((await ours.next()).type).toBe('ADDED')
      ours.close()
    })
  })

  it('leave what they do not match alone', async () => {
    sandbox.faults.freeze({ path: /pods/ })
    await api.post(LEASES, lease('y', 'b'))
    expect(await holderOf('y')).toBe('b')
  })
})
