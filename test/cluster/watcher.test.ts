import { afterEach, describe, expect, it } from 'vitest'
import type { ApiRequest } from '../../shared/cluster/client.ts'
import type { ClusterErrorKind } from '../../shared/cluster/errors.ts'
import { type Freshness, listCollection } from '../../shared/cluster/list-watch/list.ts'
import { Watcher, type WatcherOptions } from '../../shared/cluster/list-watch/watcher.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { fail, FakeClient, FakeWatch, listBody, type Reply } from '../support/fake-client.ts'

type Step = Reply | (() => Reply)

/** A server with one collection, at a version. What the scripts say comes first, each step once; then it just works. */
class Server {
  readonly clock = new FakeClock()
  readonly client = new FakeClient(this.clock, (request) => this.#answer(request))
  /** What the watcher told, shortened: `snapshot a b @5`, `applied a`, `connected`, `disconnected server since 3 s`. */
  readonly told: string[] = []
  readonly watches: FakeWatch[] = []
  version = 5
  /** Of the objects in a list; null is the list's own. */
  objectVersion: number | null = null
  names = ['a', 'b']
  script: { list?: Step[]; watch?: Step[]; probe?: Step[] } = {}
  readonly #abort = new AbortController()
  readonly #startMs = this.clock.monotonicMs()
  watcher!: Watcher<string>
  running!: Promise<void>

  start(options: WatcherOptions = {}): this {
    const collection = {
      path: '/things',
      subject: { resource: 'things' },
      labelSelector: 'x=y',
      decode: (object: unknown) => {
        const { name, note } = (object as { metadata: { name: string; note?: string } }).metadata
        return note === 'none of ours' ? null : name
      },
    }
    this.watcher = new Watcher(
      this.client,
      this.clock,
      collection,
      (message) => {
        if (message.type === 'snapshot') {
          this.told.push(`snapshot ${message.objects.join(' ')} @${message.resourceVersion}`)
        } else if (message.type === 'applied') this.told.push(`applied ${message.object}`)
        else if (message.type === 'deleted') this.told.push(`deleted ${message.name}`)
        else if (message.type === 'connected') this.told.push('connected')
        else if (message.type === 'disconnected') {
          this.told.push(`disconnected ${message.error.kind} since ${(message.sinceMs - this.#startMs) / 1000} s`)
        } else this.currentAtMs = message.atMs - this.#startMs
      },
      { random: () => 1, ...options },
    )
    this.running = this.watcher.run(this.#abort.signal)
    this.running.catch(() => {})
    return this
  }

  currentAtMs = 0

  stop(): void {
    this.#abort.abort()
  }

  get watch(): FakeWatch {
    return this.watches.at(-1)!
  }

  /** What was told since this was last asked. */
  async news(afterMs = 0): Promise<string[]> {
    await this.clock.advance(afterMs)
    return this.told.splice(0)
  }

  /** The requests since this was last asked: `list@0`, `watch@5`, `probe`. */
  asked(): string[] {
    return this.client.requests.splice(0).map(nameOf)
  }

  event(type: string, name: string, version = ++this.version, note?: string): unknown {
    return { type, object: { metadata: { name, resourceVersion: String(version), note } } }
  }

  #answer(request: ApiRequest): Reply {
    const kind = nameOf(request).split('@')[0] as 'list' | 'watch' | 'probe'
    const step = this.script[kind]?.shift()
    if (step) return typeof step === 'function' ? step() : step
    if (kind === 'watch') return this.nextWatch()
    const names = kind === 'probe' ? [] : this.names
    const resourceVersion = String(this.objectVersion ?? this.version)
    return listBody(String(this.version), names.map((name) => ({ metadata: { name, resourceVersion } })))
  }

  /** Opens a watch, with which something happens at once. */
  nextWatch(strike: (watch: FakeWatch) => void = () => {}): Reply {
    const watch = new FakeWatch()
    this.watches.push(watch)
    strike(watch)
    return { watch }
  }
}

function nameOf({ query }: ApiRequest): string {
  if (query?.['watch']) return `watch@${query['resourceVersion']}`
  if (query?.['limit'] === 1) return 'probe'
  return query?.['limit'] ? 'page' : `list@${query?.['resourceVersion']}`
}

const bookmark = (version: number) => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion: String(version) } },
})
const errorEvent = (code: number, retryAfterSeconds?: number) => ({
  type: 'ERROR',
  object: { kind: 'Status', code, message: 'sorry', details: { retryAfterSeconds } },
})

let server: Server
afterEach(() => server.stop())

/** A server whose watcher has connected, and has lived long enough for its watch to count as one that works. */
async function connected(options?: WatcherOptions): Promise<Server> {
  server = new Server().start({ silenceProbeMs: null, ...options })
  await server.clock.advance(6_000)
  server.told.length = 0
  server.client.requests.length = 0
  return server
}

describe('at the start', () => {
  it('lists from the cache, watches from there with bookmarks, and is connected', async () => {
    server = new Server().start()
    expect(await server.news()).toEqual(['snapshot a b @5', 'connected'])
    const [list, watch] = server.client.requests
    expect(list).toMatchObject({ query: { resourceVersion: '0', labelSelector: 'x=y' } })
    expect(list!.query).not.toHaveProperty('limit')
    expect(watch!.query).toMatchObject({ allowWatchBookmarks: true, timeoutSeconds: 600, labelSelector: 'x=y' })
    expect(watch!.subject).toEqual({ verb: 'watch', resource: 'things' })
  })

  const KINDS = ['unreachable', 'timeout', 'unauthorized', 'forbidden', 'notFound', 'server', 'certificate'] as const
  it.each<ClusterErrorKind>(KINDS)(
    'fails with %s where that is wanted',
    async (kind) => {
      server = new Server()
      server.script = { list: [fail(kind)] }
      server.start({ failFast: true })
      await expect(server.running).rejects.toMatchObject({ kind })
      expect(server.told).toEqual([])
    },
  )

  it.each([
    [undefined, 30_000],
    [2_000, 2_000],
  ])('waits for the first list for as long as it is told: %s', async (firstTimeoutMs, expectedMs) => {
    server = new Server()
    server.script = { list: ['hang'] }
    server.start({ failFast: true, ...(firstTimeoutMs !== undefined && { firstTimeoutMs }) })
    let failed: unknown
    server.running.catch((error: unknown) => (failed = error))
    await server.clock.advance(expectedMs - 1)
    expect(failed).toBeUndefined()
    await server.clock.advance(1)
    expect(failed).toMatchObject({ kind: 'timeout' })
  })

  it('fails where listing is allowed, but watching is not', async () => {
    server = new Server()
    server.script = { watch: [fail('forbidden')] }
    server.start({ failFast: true })
    await expect(server.running).rejects.toMatchObject({ kind: 'forbidden' })
    expect(server.told).not.toContain('connected')
  })

  it('waits where the server says how long, but not for ever', async () => {
    server = new Server()
    server.script = { list: Array.from({ length: 9 }, () => fail('tooManyRequests', { retryAfterMs: 1_000 })) }
    server.start({ failFast: true })
    await server.clock.advance(20_000)
    await expect(server.running).rejects.toMatchObject({ kind: 'tooManyRequests' })
    expect(server.asked()).toHaveLength(4)
  })

  it('keeps trying where a failure need not be told at once', async () => {
    server = new Server()
    server.script = { list: [fail('unreachable'), fail('unreachable')] }
    server.start()
    expect(await server.news(10_000)).toEqual(['disconnected unreachable since 0 s', 'snapshot a b @5', 'connected'])
  })

  it('ends when it is aborted', async () => {
    await connected()
    server.stop()
    await expect(server.running).resolves.toBeUndefined()
    expect(server.watch.isClosed).toBe(true)
  })
})

describe('what a watch brings', () => {
  it('is told in order, what left the collection as deleted', async () => {
    await connected()
    server.watch.send(
      server.event('ADDED', 'c'),
      server.event('MODIFIED', 'a'),
      server.event('DELETED', 'b'),
      server.event('MODIFIED', 'c', undefined, 'none of ours'),
      bookmark(99),
    )
    expect(await server.news()).toEqual(['applied c', 'applied a', 'deleted b', 'deleted c'])
  })

  it('is understood wherever the chunks are cut', async () => {
    await connected()
    for (const byte of Buffer.from(JSON.stringify(server.event('ADDED', 'größe')) + '\n')) {
      server.watch.sendText(String.fromCharCode(byte))
    }
    server.watch.sendText('\n')
    expect(await server.news()).toHaveLength(1)
  })
})

describe('heals itself', () => {
  interface Case {
    /** What happens to the watch that is open. */
    readonly breaks: (server: Server) => void
    readonly script?: Server['script']
    readonly told: readonly string[]
    /** The requests until all is well. */
    readonly asked: readonly string[]
    /** Within how many milliseconds; default at once. */
    readonly withinMs?: number
  }

  it.each<[string, Case]>([
    ['after an ordinary end, from the last version', {
      breaks: ({ watch }) => watch.end(),
      told: [],
      asked: ['watch@5'],
    }],
    ['after an ordinary end, from the last bookmark', {
      breaks: ({ watch }) => {
        watch.send(bookmark(8))
        watch.end()
      },
      told: [],
      asked: ['watch@8'],
    }],
    ['after an ordinary end in the middle of a line', {
      breaks: ({ watch }) => {
        watch.sendText('{"type":"ADDED","obj')
        watch.end()
      },
      told: [],
      asked: ['watch@5'],
    }],
    ['after a break that is over at once', {
      breaks: ({ watch }) => watch.break(),
      told: [],
      asked: ['watch@5'],
    }],
    ['after a break and refused connections', {
      breaks: ({ watch }) => watch.break(),
      script: { watch: [fail('unreachable')], probe: [fail('unreachable'), fail('unreachable')] },
      told: ['disconnected unreachable since 0 s', 'connected'],
      // The probe is tried once more on a new connection.
      asked: ['watch@5', 'probe', 'probe', 'probe', 'watch@5'],
      withinMs: 0.8e3 + 1.6e3 + 1_000,
    }],
    ['after 410 Gone in the watch', {
      breaks: ({ watch }) => watch.send(errorEvent(410)),
      told: ['snapshot a b @5'],
      asked: ['list@5', 'watch@5'],
    }],
    ['after 410 Gone when it resumes', {
      breaks: ({ watch }) => watch.end(),
      script: { watch: [fail('expired')] },
      told: ['snapshot a b @5'],
      asked: ['watch@5', 'list@5', 'watch@5'],
    }],
    ['after 429 in the watch, when the server says so', {
      breaks: ({ watch }) => watch.send(errorEvent(429, 20)),
      told: ['disconnected tooManyRequests since 0 s', 'connected'],
      asked: ['probe', 'watch@5'],
      withinMs: 21_000,
    }],
    ['after 429 when it resumes, when the server says so', {
      breaks: ({ watch }) => watch.end(),
      script: { watch: [fail('tooManyRequests', { retryAfterMs: 7_000 })] },
      told: ['disconnected tooManyRequests since 0 s', 'connected'],
      asked: ['watch@5', 'probe', 'watch@5'],
      withinMs: 8_000,
    }],
    ['after an error in the watch', {
      breaks: ({ watch }) => watch.send(errorEvent(500)),
      told: [],
      asked: ['watch@5'],
    }],
    ['after 5xx when it resumes', {
      breaks: ({ watch }) => watch.end(),
      script: { watch: [fail('server', { status: 503 }), fail('server', { status: 500 })] },
      told: ['disconnected server since 0 s', 'connected'],
      asked: ['watch@5', 'probe', 'watch@5', 'probe', 'watch@5'],
      withinMs: 0.8e3 + 1.6e3 + 1_000,
    }],
    ['after an expired token', {
      breaks: ({ watch }) => watch.end(),
      script: { watch: [fail('unauthorized')] },
      told: ['disconnected unauthorized since 0 s', 'connected'],
      asked: ['watch@5', 'probe', 'watch@5'],
      withinMs: 0.8e3 + 1_000,
    }],
    ['after a line that is no JSON, from the last version', {
      breaks: (it) => it.watch.sendText(JSON.stringify(it.event('MODIFIED', 'a', 6)) + '\n{"type":\n'),
      told: ['applied a'],
      asked: ['watch@6'],
    }],
    ['after an event without an object', {
      breaks: ({ watch }) => watch.send({ type: 'ADDED' }),
      told: [],
      asked: ['watch@5'],
    }],
    ['after an event of an unknown type', {
      breaks: (it) => it.watch.send(it.event('EXPLODED', 'a')),
      told: [],
      asked: ['watch@5'],
    }],
    ['after a second unreadable line in a row, with a new list', {
      breaks: ({ watch }) => watch.sendText('null\n'),
      script: { watch: [() => server.nextWatch((watch) => watch.sendText('null\n'))] },
      told: ['disconnected protocol since 0 s', 'snapshot a b @5', 'connected'],
      asked: ['watch@5', 'probe', 'list@5', 'watch@5'],
      withinMs: 0.8e3 + 1_000,
    }],
    ['after the list is no list', {
      breaks: ({ watch }) => watch.send(errorEvent(410)),
      script: { list: [{ body: { kind: 'Status' } }] },
      told: ['disconnected protocol since 0 s', 'snapshot a b @5', 'connected'],
      asked: ['list@5', 'probe', 'list@5', 'watch@5'],
      withinMs: 0.8e3 + 1_000,
    }],
    ['where the cache can’t come to that version any more, from etcd', {
      breaks: ({ watch }) => watch.send(errorEvent(410)),
      script: { list: [fail('timeout', { status: 504 })] },
      told: ['snapshot a b @5'],
      asked: ['list@5', 'page', 'watch@5'],
    }],
  ])('%s', async (_, { breaks, script, told, asked, withinMs = 0 }) => {
    await connected()
    server.script = script ?? {}
    await server.clock.advance(0)
    breaks(server)
    expect(await server.news(withinMs)).toEqual(told)
    expect(server.asked()).toEqual(asked)
    expect(server.watches.slice(0, -1).every((watch) => watch.isClosed)).toBe(true)
    expect(await server.news(60_000)).toEqual([])
  })
})

describe('never a busy loop', () => {
  const HOUR_MS = 3_600_000

  it('while watches end at once, and reports that there is no connection', async () => {
    await connected()
    const endAtOnce = (): Reply => server.nextWatch((watch) => watch.end())
    server.watch.end()
    server.script = { watch: Array.from({ length: 10_000 }, () => endAtOnce) }
    expect(await server.news(HOUR_MS)).toEqual(['disconnected protocol since 0 s'])
    expect(server.asked().length).toBeLessThan((2 * HOUR_MS) / 4_000 + 10)
  })

  it('while watches end soon, but bring changes, and does not report a lost connection', async () => {
    await connected()
    server.script = {
      watch: Array.from({ length: 10_000 }, () => () =>
        server.nextWatch((watch) => {
          watch.send(server.event('MODIFIED', 'a'))
          watch.end()
        }),
      ),
    }
    server.watch.end()
    const news = await server.news(60_000)
    expect(new Set(news)).toEqual(new Set(['applied a']))
    const asked = server.asked()
    expect(asked.map((request) => request.split('@')[0])).toEqual(news.map(() => 'watch'))
    expect(asked.length).toBeGreaterThan(55)
    expect(asked.length).toBeLessThan(65)
  })

  it('while versions are always gone, and reports that there is no connection', async () => {
    await connected()
    server.script = { watch: Array.from({ length: 10_000 }, () => fail('expired')) }
    server.watch.end()
    expect((await server.news(HOUR_MS)).filter((told) => !told.startsWith('snapshot'))).toEqual([
      'disconnected protocol since 7.6 s',
    ])
    expect(server.asked().length).toBeLessThan((3 * HOUR_MS) / 4_000 + 10)
  })

  it.each<[ClusterErrorKind, number]>([
    ['unreachable', 4_000],
    ['server', 4_000],
    ['forbidden', 30_000],
  ])('while the answer is %s, every %i ms at the most', async (kind, everyMs) => {
    await connected()
    server.script = { probe: Array.from({ length: 10_000 }, () => fail(kind)) }
    server.script.watch = [fail(kind)]
    server.watch.end()
    expect(await server.news(HOUR_MS)).toEqual([`disconnected ${kind} since 0 s`])
    const attempts = server.asked().length / (kind === 'unreachable' ? 2 : 1)
    expect(attempts).toBeGreaterThan(HOUR_MS / everyMs - 5)
    expect(attempts).toBeLessThan(HOUR_MS / everyMs + 10)
  })

  it('says so when the reason changes', async () => {
    await connected()
    server.script = { watch: [fail('unreachable')], probe: [fail('server'), fail('forbidden')] }
    server.watch.end()
    expect(await server.news(10_000)).toEqual([
      'disconnected unreachable since 0 s',
      'disconnected server since 0 s',
      'disconnected forbidden since 0 s',
      'connected',
    ])
  })
})

describe('silence', () => {
  it('is not a loss if the server says that nothing has changed', async () => {
    await connected({ silenceProbeMs: 10_000 })
    expect(await server.news(60_000)).toEqual([])
    expect(server.asked()).toEqual(['probe', 'probe', 'probe', 'probe', 'probe', 'probe'])
    expect(server.currentAtMs).toBe(60_000)
  })

  it('costs nothing if there is none', async () => {
    await connected({ silenceProbeMs: 10_000 })
    for (let second = 0; second < 60; second++) {
      server.watch.send(server.event('MODIFIED', 'a'))
      await server.clock.advance(1_000)
    }
    expect(server.asked()).toEqual([])
  })

  it('leads to a new watch, once, where the server has moved on, which brings what was missed', async () => {
    await connected({ silenceProbeMs: 10_000 })
    server.version = 7
    server.script = {
      watch: [() => server.nextWatch((watch) => watch.send(server.event('MODIFIED', 'b', 7)))],
    }
    expect(await server.news(60_000)).toEqual(['applied b'])
    expect(server.asked().slice(0, 4)).toEqual(['probe', 'watch@5', 'probe', 'probe'])
    expect(server.currentAtMs).toBeGreaterThan(59_000)
  })

  it('in a collection that is quiet in a busy cluster leads to a list now and then, and to no alarm', async () => {
    await connected({ silenceProbeMs: 10_000 })
    server.objectVersion = 5
    const told: string[] = []
    for (let second = 0; second < 600; second++) {
      server.version++
      told.push(...(await server.news(1_000)))
    }
    expect(told.filter((message) => !message.startsWith('snapshot a b @'))).toEqual([])
    expect(told.length).toBeGreaterThan(4)
    expect(told.length).toBeLessThan(8)
  })

  it('of a server that does not answer makes the view stale, and is over when it answers', async () => {
    await connected({ silenceProbeMs: 10_000 })
    server.script = { probe: ['hang', 'hang', 'hang'] }
    expect(await server.news(8_900)).toEqual([])
    expect(await server.news(100)).toEqual(['disconnected timeout since 0 s'])
    expect(await server.news(15_000)).toEqual(['connected'])
    expect(server.asked()).toEqual(['probe', 'probe', 'probe', 'probe', 'watch@5'])
  })

  it('of a server that is only busy makes nothing stale', async () => {
    await connected({ silenceProbeMs: 10_000 })
    server.script = { probe: [fail('tooManyRequests'), fail('tooManyRequests')] }
    expect(await server.news(30_000)).toEqual([])
  })

  it('is given another try where a connection was just closed', async () => {
    await connected({ silenceProbeMs: 10_000 })
    server.script = { probe: [fail('unreachable')] }
    expect(await server.news(30_000)).toEqual([])
  })

  it('is believed for 90 s where probes are not wanted, then a new watch is opened', async () => {
    await connected()
    expect(await server.news(80_000)).toEqual([])
    expect(server.asked()).toEqual([])
    expect(await server.news(10_000)).toEqual([])
    expect(server.asked()).toEqual(['watch@5'])
  })

  it('with bookmarks is not silence for a watcher that does not probe', async () => {
    await connected()
    for (let minute = 0; minute < 30; minute++) {
      server.watch.send(bookmark(5))
      await server.clock.advance(60_000)
    }
    expect(server.asked()).toEqual([])
  })

  it('after which history has gone back leads to a list from etcd', async () => {
    await connected({ silenceProbeMs: 10_000 })
    server.version = 2
    server.names = ['a']
    expect(await server.news(10_000)).toEqual(['snapshot a @2'])
    expect(server.asked()).toEqual(['probe', 'page', 'watch@2'])
  })
})

describe('a watch that is held back', () => {
  /** Each second something changes, which lists and probes tell, and no watch does. */
  async function hold(seconds: number, strike: () => void = () => server.version++): Promise<string[]> {
    const told: string[] = []
    for (let second = 0; second < seconds; second++) {
      strike()
      told.push(...(await server.news(1_000)))
    }
    return told
  }

  it('is stale once two in a row have withheld a change, and goes on telling what lists say', async () => {
    await connected({ silenceProbeMs: 10_000 })
    const told = await hold(60)
    const [first, ...rest] = told.filter((message) => !message.startsWith('snapshot'))
    expect(first).toMatch(/^disconnected protocol since 1\d/)
    expect(rest).toEqual([])
    const lists = told.filter((message) => message.startsWith('snapshot')).length
    expect(lists).toBeGreaterThan(6)
    expect(lists).toBeLessThan(20)
  })

  it('is back when it brings something', async () => {
    await connected({ silenceProbeMs: 10_000 })
    await hold(30)
    while (server.watch.isClosed) await hold(1)
    server.watch.send(server.event('MODIFIED', 'a'))
    expect(await server.news(2_000)).toEqual(['applied a', 'connected'])
  })

  it('is back when there is nothing that it could have brought', async () => {
    await connected({ silenceProbeMs: 10_000 })
    await hold(30)
    expect((await server.news(20_000)).filter((message) => !message.startsWith('snapshot'))).toEqual(['connected'])
  })

  it('is not needed if only other collections change', async () => {
    await connected({ silenceProbeMs: 10_000 })
    server.objectVersion = 5
    expect((await hold(60)).filter((message) => !message.startsWith('snapshot'))).toEqual([])
  })

  it('is not a single slow response', async () => {
    await connected({ silenceProbeMs: 10_000 })
    server.version = 7
    expect(await server.news(60_000)).toEqual(['snapshot a b @7'])
  })
})

describe('history that goes back', () => {
  it('under an open watch is asked about, and leads to a list from etcd', async () => {
    await connected()
    server.version = 2
    server.names = ['a']
    server.watch.send(server.event('MODIFIED', 'a', 3))
    expect(await server.news(1_000)).toEqual(['snapshot a @2'])
    expect(server.asked()).toEqual(['probe', 'page', 'watch@2'])
  })

  it('is not what a repeated event, or an old bookmark, looks like', async () => {
    await connected()
    server.version = 8
    server.watch.send(server.event('MODIFIED', 'a', 8), server.event('MODIFIED', 'b', 6), bookmark(4))
    expect(await server.news(1_000)).toEqual(['applied a'])
    server.watch.end()
    await server.clock.advance(0)
    expect(server.asked()).toEqual(['probe', 'watch@8'])
  })

  it('is not what an old list from something in between looks like', async () => {
    await connected()
    server.script = { list: [listBody('3', [])] }
    server.watch.send(errorEvent(410))
    expect(await server.news()).toEqual(['snapshot a b @5'])
    expect(server.asked()).toEqual(['list@5', 'page', 'watch@5'])
  })
})

describe('an error that each watch from one version gets', () => {
  it('leads to a new list, and to no busy loop', async () => {
    await connected()
    const poisoned = (): Reply => {
      return server.nextWatch((watch) => {
        if (server.client.requests.at(-1)!.query!['resourceVersion'] === '5') watch.send(errorEvent(500))
      })
    }
    server.script = { watch: Array.from({ length: 100 }, () => poisoned) }
    server.version = 6
    server.watch.send(errorEvent(500))
    expect(await server.news(60_000)).toEqual(['disconnected server since 0 s', 'snapshot a b @6', 'connected'])
    expect(server.asked()).toEqual(['watch@5', 'probe', 'list@5', 'watch@6'])
  })

  it('from every version: the view is stale, and what lists say is told', async () => {
    await connected()
    const poisoned = (): Reply => server.nextWatch((watch) => watch.send(errorEvent(500)))
    server.script = { watch: Array.from({ length: 10_000 }, () => poisoned) }
    server.watch.send(errorEvent(500))
    const told = await server.news(600_000)
    expect(told.filter((message) => !message.startsWith('snapshot'))).toEqual(['disconnected server since 0 s'])
    expect(server.asked().length).toBeLessThan((3 * 600_000) / 2_000)
  })
})

describe('a proof that is asked for', () => {
  it('is given at once', async () => {
    await connected()
    server.watcher.prove()
    await server.clock.advance(0)
    expect(server.asked()).toEqual(['probe'])
    expect(server.currentAtMs).toBe(6_000)
  })

  it('needs a new watch where the server has moved on', async () => {
    await connected()
    server.version = 7
    server.watcher.prove()
    await server.clock.advance(250)
    expect(server.asked()).toEqual(['probe', 'watch@5'])
    expect(server.currentAtMs).toBe(0)
    await server.clock.advance(250)
    expect(server.asked()).toEqual(['list@7', 'watch@7'])
    expect(server.currentAtMs).toBe(6_500)
  })

  it('is an event that leads to where the server has come', async () => {
    await connected()
    server.version = 7
    server.watcher.prove()
    await server.clock.advance(100)
    server.watch.send(server.event('MODIFIED', 'a', 6))
    await server.clock.advance(0)
    expect(server.currentAtMs).toBe(0)
    server.watch.send(server.event('MODIFIED', 'a', 7))
    await server.clock.advance(0)
    expect(server.currentAtMs).toBe(6_000)
    expect(server.asked()).toEqual(['probe'])
  })

  it('is not asked of the server more than once a second', async () => {
    await connected()
    server.script = { probe: Array.from({ length: 100 }, () => fail('tooManyRequests')) }
    for (let moment = 0; moment < 100; moment++) {
      server.watcher.prove()
      await server.clock.advance(50)
    }
    expect(server.asked().length).toBeLessThanOrEqual(5)
  })
})

describe('a pause of this process', () => {
  it.each<[string, (clock: FakeClock) => void]>([
    ['a laptop that slept', (clock) => clock.jumpWall(3_600_000)],
  ])('%s: the view is stale until the server has answered', async (_, pause) => {
    await connected()
    pause(server.clock)
    expect(await server.news(6_000)).toEqual(['disconnected unreachable since 0 s', 'connected'])
    expect(server.asked()).toEqual(['probe', 'watch@5'])
  })

  it('is not what a clock set back by a bit looks like', async () => {
    await connected()
    server.clock.jumpWall(-600_000)
    expect(await server.news(60_000)).toEqual([])
  })
})

describe('listing', () => {
  const clock = new FakeClock()
  const collection = { path: '/x', subject: {}, decode: (object: unknown) => object as number }
  /** Lists from a server that answers with each of `replies` in turn. */
  async function list(freshness: Freshness, replies: readonly Reply[]): Promise<[readonly number[], string[]]> {
    const left = [...replies]
    const client = new FakeClient(clock, () => left.shift()!)
    const { objects } = await listCollection(client, clock, collection, { freshness })
    return [objects, client.requests.map(({ query }) => new URLSearchParams(defined(query)).toString())]
  }
  const defined = (query: ApiRequest['query'] = {}): Record<string, string> =>
    Object.fromEntries(
      Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
    )

  it.each<[string, Freshness, readonly Reply[], readonly number[], readonly string[]]>([
    ['takes one request to the cache', 'cache', [listBody('3', [1, 2])], [1, 2], ['resourceVersion=0']],
    ['asks for a version', { notOlderThan: '7' }, [listBody('8', [1])], [1], [
      'resourceVersion=7&resourceVersionMatch=NotOlderThan',
    ]],
    ['reads the latest in pages', 'latest', [listBody('3', [1], 't'), listBody('3', [2])], [1, 2], [
      'limit=500',
      'limit=500&continue=t',
    ]],
    ['reads the pages that a proxy makes of the cache', 'cache', [listBody('3', [1], 't'), listBody('3', [2])], [1, 2], [
      'resourceVersion=0',
      'limit=500&continue=t',
    ]],
    [
      'starts over where a page has expired',
      'latest',
      [listBody('3', [1], 't'), fail('expired'), listBody('9', [3])],
      [3],
      ['limit=500', 'limit=500&continue=t', 'limit=500'],
    ],
    [
      'reads the latest where the cache is too slow',
      'cache',
      [fail('timeout', { status: 504 }), listBody('3', [1])],
      [1],
      ['resourceVersion=0', 'limit=500'],
    ],
  ])('%s', async (_, freshness, replies, objects, asked) => {
    expect(await list(freshness, replies)).toEqual([objects, asked])
  })

  it.each<[string, Reply, ClusterErrorKind]>([
    ['something that is no list', { body: { kind: 'Status' } }, 'protocol'],
    ['a list without a version', { body: { items: [], metadata: {} } }, 'protocol'],
    ['a refusal', fail('forbidden'), 'forbidden'],
  ])('rejects %s', async (_, reply, kind) => {
    await expect(list('cache', [reply])).rejects.toMatchObject({ kind })
  })

  it('gives up where pages expire again and again', async () => {
    const replies = Array.from({ length: 9 }, () => fail('expired'))
    await expect(list('latest', replies)).rejects.toMatchObject({ kind: 'expired' })
  })

  it('gives up a body that stalls', async () => {
    const body = new FakeWatch()
    body.sendText('{"items":[1,')
    const client = new FakeClient(clock, () => ({ watch: body }))
    const listing = listCollection(client, clock, collection, { freshness: 'cache' })
    const failure = expect(listing).rejects.toMatchObject({ kind: 'timeout' })
    await clock.advance(30_000)
    await failure
    expect(body.isClosed).toBe(true)
  })
})
