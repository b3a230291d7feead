import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { startRealRedis } from '../support/real-redis.ts'
import { isGroupAlive, JoinScene, type Joined } from '../support/join-scene.ts'

/** `join -- COMMAND` as it ships, with client-go's default timings, on a real API server and in a real Redis. */
const LEASE_MS = 15_000

let cluster: RealCluster
let scene: JoinScene
let names = 0
let name: string

beforeAll(async () => {
  cluster = await startRealCluster()
})

afterAll(() => cluster.close())

beforeEach(async () => {
  name = `join-${++names}`
  scene = await JoinScene.open()
})

afterEach(() => scene[Symbol.asyncDispose]())

/** A candidate whose command, children and all, ignores SIGTERM where it can. */
async function leader(trace: string): Promise<{ joined: Joined; group: number }> {
  const joined = candidate(trace, { ignores: true })
  const group = Number((await joined.told('command-started'))['pid'])
  await scene.familyRuns(trace)
  return { joined, group }
}

function candidate(trace: string, options: { ignores?: boolean } = {}): Joined {
  return scene.start([name, '-o', 'json', '--', ...scene.family(trace, options)], { KUBECONFIG: cluster.kubeconfig })
}

async function standby(trace: string): Promise<Joined> {
  const joined = candidate(trace)
  await joined.told('new-leader')
  return joined
}

async function renewedAtMs(): Promise<number> {
  return Date.parse(await cluster.kubectl(['get', 'lease', name, '-o', 'jsonpath={.spec.renewTime}']))
}

describe('a command and all its children are gone before anybody else leads', () => {
  it.each([
    ['stopped', 'SIGSTOP'],
    ['killed', 'SIGKILL'],
  ] as const)('where join is %s', async (_name, signal) => {
    const first = await leader('first')
    const second = await standby('second')
    first.joined.kill(signal)
    const lastRenewalMs = await renewedAtMs()
    const lastMs = await scene.familyGone('first', first.group)
    await second.told('command-started')
    await scene.familyRuns('second')
    const startedAtMs = scene.firstSeenMs('second')
    expect(lastMs - lastRenewalMs).toBeLessThan(LEASE_MS)
    expect(startedAtMs).toBeGreaterThan(lastMs)
    expect(startedAtMs - lastRenewalMs).toBeGreaterThanOrEqual(LEASE_MS)

    if (signal === 'SIGSTOP') {
      first.joined.kill('SIGCONT')
      expect(await first.joined.told('stopped-leading')).toMatchObject({ reason: 'deadline' })
      expect(first.joined.types()).not.toContain('released')
      expect(isGroupAlive(first.group)).toBe(false)
    }
  })

  it('where the API server is killed', async () => {
    const first = await leader('first')
    const second = await standby('second')
    await cluster.kill('kube-apiserver')
    // Until now a renewal may have gone through.
    const killedAtMs = Date.now()
    const lastMs = await scene.familyGone('first', first.group)
    expect(lastMs - killedAtMs).toBeLessThan(LEASE_MS)
    expect(second.types()).not.toContain('command-started')
    await cluster.restart('kube-apiserver')
    const restarted = await Promise.race([second.told('command-started'), first.joined.told('command-started', 2)])
    expect(Date.parse(restarted.time)).toBeGreaterThan(lastMs)
    expect(lastMs - (await renewedAtMs())).toBeLessThan(0)
  })

  it('where the lease is taken', async () => {
    const first = await leader('first')
    const takenAtMs = Date.now()
    const renewTime = new Date(takenAtMs).toISOString().replace('Z', '000Z')
    const patch = JSON.stringify({ spec: { holderIdentity: 'somebody-else', renewTime } })
    await cluster.kubectl(['patch', 'lease', name, '--type=merge', '-p', patch])
    const lastMs = await scene.familyGone('first', first.group)
    expect(lastMs - takenAtMs).toBeLessThan(LEASE_MS)
    expect(await first.joined.told('stopped-leading')).toMatchObject({ reason: 'taken' })
    expect(first.joined.types()).not.toContain('released')
  })
})

describe('leaving', () => {
  it('releases once the command is gone, and the next one starts at once', async () => {
    const first = candidate('first')
    const group = Number((await first.told('command-started'))['pid'])
    await scene.familyRuns('first')
    const second = await standby('second')
    first.kill('SIGTERM')
    expect(await first.finished).toBe(143)
    expect(isGroupAlive(group)).toBe(false)
    const releasedAtMs = Date.parse((await first.told('stopped-leading')).time)
    const { time } = await second.told('command-started')
    expect(scene.lastSeenMs('first')!).toBeLessThanOrEqual(releasedAtMs)
    expect(Date.parse(time)).toBeGreaterThanOrEqual(releasedAtMs)
    // It need not wait for a lease to run out.
    expect(Date.parse(time) - releasedAtMs).toBeLessThan(LEASE_MS)
  })

  it('tells so in Events that kubectl shows', async () => {
    const joined = scene.start([name, '--id', 'me', '--', 'true'], { KUBECONFIG: cluster.kubeconfig })
    expect(await joined.finished).toBe(0)
    const events = await cluster.kubectl(['get', 'events', '-o', 'jsonpath={range .items[*]}{.involvedObject.name} {.reason}: {.message}{"\\n"}{end}'])
    expect(events.split('\n')).toEqual(
      expect.arrayContaining([`${name} LeaderElection: me became leader`, `${name} LeaderElection: me stopped leading`]),
    )
  })
})

describe('in Redis', () => {
  it('the other takes over when one stops, also after Redis was away', async () => {
    await using redis = await startRealRedis({ isPersistent: true })
    const timings = ['--lease-duration', '4s', '--renew-deadline', '2s', '--retry-period', '500ms']
    const url = `${redis.url}?key=demo`
    const first = scene.start([url, '-o', 'json', ...timings], {})
    await first.told('started-leading')
    const second = scene.start([url, '-o', 'json', '--yes', '--max-hold', '0', ...timings], {})
    await second.told('new-leader')
    await redis.kill()
    expect(await first.told('stopped-leading')).toMatchObject({ reason: 'deadline' })
    await redis.restart()
    const again = await Promise.race([
      first.told('started-leading', 2).then(() => first),
      second.told('started-leading').then(() => second),
    ])
    const other = again === first ? second : first
    const terms = other.types().filter((type) => type === 'started-leading').length
    again.kill('SIGINT')
    await other.told('started-leading', terms + 1)
    expect(await again.finished).toBe(130)
  })

  it('one that requires a password says so', async () => {
    await using redis = await startRealRedis({ password: 'secret' })
    const joined = scene.start([`redis://127.0.0.1:${redis.port}/0?key=demo`], {})
    expect(await joined.finished).toBe(4)
    expect(joined.stderr).toMatch(/^Error: redis:\/\/127\.0\.0\.1:\d+\/0 requires a password\./)
  })
})
