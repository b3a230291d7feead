import { beforeEach, describe, expect, it } from 'vitest'
import { watchObjects } from '../../shared/cluster/list-watch/object-watch.ts'
import { LEASES } from '../../shared/cluster/paths.ts'
import type { WatchEvent } from '../../shared/cluster/list-watch/watch-stream.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { fail, FakeClient, FakeWatch, type Reply } from '../support/fake-client.ts'

const event = (type: string, resourceVersion: string, name = 'x'): object => ({
  type,
  object: { metadata: { namespace: 'ns', name, resourceVersion } },
})

describe('watching objects', () => {
  let replies: Reply[]
  let client: FakeClient
  let abort: AbortController
  let told: string[]

  beforeEach(() => {
    replies = []
    client = new FakeClient(new FakeClock(), () => replies.shift() ?? fail('server'))
    abort = new AbortController()
    told = []
  })

  const watch = (name?: string): Promise<void> =>
    watchObjects(
      client,
      { resource: LEASES, namespace: 'ns', ...(name !== undefined && { name }) },
      { onOpen: () => told.push('open'), onEvent: ({ type, resourceVersion }) => told.push(`${type} ${resourceVersion}`) },
      abort.signal,
    )
  /** The next watch that the server takes: it tells these, and ends. */
  const serve = (...events: readonly object[]): void => {
    const watch = new FakeWatch()
    if (events.length > 0) watch.send(...events)
    watch.end()
    replies.push({ watch })
  }
  const asked = (): unknown[] => client.requests.map(({ query }) => query!['resourceVersion'])

  it('asks for one object by its name, so that resourceNames can allow it', async () => {
    serve()
    await watch('x')
    expect(client.requests).toMatchObject([
      {
        method: 'GET',
        path: '/apis/coordination.k8s.io/v1/namespaces/ns/leases',
        query: { watch: 1, fieldSelector: 'metadata.name=x', allowWatchBookmarks: true, resourceVersion: '0' },
        subject: { verb: 'watch', resource: 'leases.coordination.k8s.io', namespace: 'ns', name: 'x' },
      },
    ])
  })

  it('asks for all of a namespace without a name', async () => {
    serve()
    await watch()
    expect(client.requests[0]!.query!['fieldSelector']).toBeUndefined()
  })

  it('asks for a watch of five to ten minutes', async () => {
    for (let count = 0; count < 20; count++) {
      serve()
      await watch('x')
    }
    for (const { query } of client.requests) {
      expect(query!['timeoutSeconds']).toBeGreaterThanOrEqual(300)
      expect(query!['timeoutSeconds']).toBeLessThanOrEqual(600)
    }
    expect(new Set(client.requests.map(({ query }) => query!['timeoutSeconds'])).size).toBeGreaterThan(1)
  })

  it('tells of every change, and of no bookmark', async () => {
    serve(event('ADDED', '5'), event('MODIFIED', '6'), event('BOOKMARK', '7'), event('DELETED', '8'))
    serve()
    await watch('x')
    expect(told).toEqual(['open', 'ADDED 5', 'MODIFIED 6', 'DELETED 8', 'open'])
  })

  it('goes on at once from what was told last, bookmarks included, while there is progress', async () => {
    serve(event('ADDED', '5'))
    serve(event('BOOKMARK', '90'))
    serve(event('MODIFIED', '95'))
    serve()
    await expect(watch('x')).resolves.toBeUndefined()
    expect(asked()).toEqual(['0', '5', '90', '95'])
  })

  it('ends if the server ends a watch without an event, so that it is not requested in a loop', async () => {
    serve()
    await expect(watch('x')).resolves.toBeUndefined()
    expect(asked()).toEqual(['0'])
  })

  it.each<[string, () => void]>([
    ['as an answer', () => replies.push(fail('expired'))],
    ['in the watch', () => serve({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } })],
  ])('begins anew when where it ended is too long ago: %s', async (_how, expire) => {
    serve(event('ADDED', '5'))
    expire()
    serve(event('ADDED', '70'))
    serve()
    await watch('x')
    expect(asked()).toEqual(['0', '5', '0', '70'])
    expect(told).toContain('ADDED 70')
  })

  it('gives up on a server that finds even that too old', async () => {
    replies.push(fail('expired'))
    await expect(watch('x')).rejects.toMatchObject({ kind: 'expired' })
  })

  const NO_PROGRESS = 'the required storage feature RequestWatchProgress is disabled'
  it.each<[string, () => void]>([
    ['as an answer', () => replies.push(fail('server'))],
    ['in the watch', () => serve({ type: 'ERROR', object: { kind: 'Status', code: 500, message: NO_PROGRESS } })],
  ])('leaves bookmarks out where the server can\'t begin with them: %s', async (_how, refuse) => {
    refuse()
    serve(event('ADDED', '5'))
    serve()
    await watch('x')
    expect(client.requests.map(({ query }) => [query!['resourceVersion'], query!['allowWatchBookmarks']])).toEqual([
      ['0', true],
      ['0', undefined],
      ['5', undefined],
    ])
    expect(told).toContain('ADDED 5')
  })

  it('gives up on a server that fails without bookmarks too', async () => {
    replies.push(fail('server'), fail('server'))
    await expect(watch('x')).rejects.toMatchObject({ kind: 'server' })
    expect(client.requests).toHaveLength(2)
  })

  it('does not leave them out where it had begun', async () => {
    serve(event('ADDED', '5'))
    replies.push(fail('server'))
    await expect(watch('x')).rejects.toMatchObject({ kind: 'server' })
    expect(client.requests).toHaveLength(2)
  })

  it.each(['forbidden', 'unreachable', 'tooManyRequests'] as const)('fails where it can\'t be opened: %s', async (kind) => {
    replies.push(fail(kind))
    await expect(watch('x')).rejects.toMatchObject({ kind })
  })

  it('fails when the connection breaks, after what came before', async () => {
    const broken = new FakeWatch()
    broken.send(event('ADDED', '5'))
    broken.break()
    replies.push({ watch: broken })
    await expect(watch('x')).rejects.toMatchObject({ kind: 'unreachable' })
    expect(told).toEqual(['open', 'ADDED 5'])
  })

  it('ends quietly when it is told to, closes the stream, and tells nothing more', async () => {
    const open = new FakeWatch()
    replies.push({ watch: open })
    const ended = watch('x')
    await expect.poll(() => told).toEqual(['open'])
    abort.abort()
    open.send(event('ADDED', '5'))
    await expect(ended).resolves.toBeUndefined()
    expect(open.isClosed).toBe(true)
    expect(told).toEqual(['open'])
  })

  it('does not ask at all when it was told to end before', async () => {
    abort.abort()
    await watch('x')
    expect(client.requests).toEqual([])
  })

  it('parses an object only where it is asked for, and fails then where that can\'t be', async () => {
    const head = '{"type":"MODIFIED","object":{"kind":"Lease","apiVersion":"coordination.k8s.io/v1","metadata":{"name":"x","namespace":"ns","uid":"u","resourceVersion":"7"'
    const server = new FakeWatch()
    server.sendText(`${head},"annotations":{"resourceVersion":"8"}},"spec":{"holderIdentity":"a"}}}\n${head}},"spec":}}\n`)
    replies.push({ watch: server })
    const objects: unknown[] = []
    const onEvent = (event: WatchEvent): void => {
      const { type, namespace, name, resourceVersion } = event
      told.push(`${type} ${namespace}/${name} ${resourceVersion}`)
      objects.push(event.object)
    }
    await expect(
      watchObjects(client, { resource: LEASES, namespace: 'ns' }, { onEvent }, abort.signal),
    ).rejects.toMatchObject({ name: 'ClusterError', kind: 'protocol' })
    expect(told).toEqual(['MODIFIED ns/x 7', 'MODIFIED ns/x 7'])
    expect(objects).toMatchObject([{ metadata: { annotations: { resourceVersion: '8' } }, spec: { holderIdentity: 'a' } }])
  })
})
