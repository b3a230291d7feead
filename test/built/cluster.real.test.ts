import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { Candidate } from '../bench/election-candidate.ts'
import { runBuilt, startBuilt } from '../support/built-cli.ts'
import { clientGoCandidate, startRealCluster, type RealCluster } from '../support/real-cluster.ts'

/** The built program on a real kube-apiserver, with real client-go candidates. */
const TIMINGS = ['-lease-duration=6s', '-renew-deadline=4s', '-retry-period=1s']
const HOUR_MS = 3_600_000

let cluster: RealCluster
let client: ApiClient
let env: NodeJS.ProcessEnv
const candidates: Candidate[] = []

beforeAll(async () => {
  cluster = await startRealCluster()
  env = { KUBECONFIG: cluster.kubeconfig }
  client = await connect({ kubeconfig: cluster.kubeconfig }, { env: {}, clock: systemClock, version: 'test' })
})

afterAll(async () => {
  client.close()
  await Promise.all(candidates.map((candidate) => candidate[Symbol.asyncDispose]()))
  await cluster.close()
})

function startCandidate(name: string, id: string): Candidate {
  const args = ['-kubeconfig', cluster.kubeconfig, '-namespace', 'default', '-name', name, '-id', id, '-release-on-cancel', ...TIMINGS]
  const candidate = new Candidate({ file: clientGoCandidate()!, args: [] }, args)
  candidates.push(candidate)
  return candidate
}

interface WatchEvent {
  readonly type: string
  readonly election?: { readonly name: string; readonly state: string; readonly basis: string; readonly holderIdentity: string }
}

const events = (stdout: string): WatchEvent[] =>
  stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as WatchEvent)

describe('a client-go election', () => {
  let leader: Candidate
  beforeAll(async () => {
    leader = startCandidate('controller', 'first')
    expect(await runBuilt(['wait', 'controller', '--for=holder=first', '--timeout=60s'], env)).toMatchObject({ code: 0 })
  })

  it('is listed with its holder', async () => {
    const { stdout } = await runBuilt(['list', '-A', '-o', 'json'], env)
    expect(JSON.parse(stdout).items).toContainEqual(
      expect.objectContaining({
        namespace: 'default',
        name: 'controller',
        lock: 'lease',
        category: 'election',
        holderIdentity: 'first',
        state: 'held',
        basis: 'recorded',
        leaseDurationSeconds: 6,
        renewTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      }),
    )
  })

  it('is described', async () => {
    const { code, stdout } = await runBuilt(['describe', 'controller'], env)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Holder: +first$/m)
    expect(stdout).toMatch(/^Lease Duration: +6s$/m)
  })

  it('is seen to be held, renewed, released, and acquired by the next', async () => {
    const watch = startBuilt(['watch', 'controller', '-o', 'json', '--renewals'], env)
    await watch.printed('"type":"renewed"')
    startCandidate('controller', 'second')
    leader.signal('SIGTERM')
    await watch.printed(/"type":"acquired".*"holderIdentity":"second"/)
    watch.kill('SIGINT')
    const { code, stdout } = await watch.finished
    expect(code).toBe(130)
    const told = events(stdout)
    expect(told[0]).toMatchObject({ type: 'added', election: { holderIdentity: 'first' } })
    expect(told.find(({ type }) => type === 'renewed')).toMatchObject({ election: { state: 'held', basis: 'observed' } })
    expect(told.filter(({ type }) => type === 'released')).toHaveLength(leader.failedToRelease ? 0 : 1)
    expect(told.filter(({ type }) => type === 'acquired')).toMatchObject([{ election: { holderIdentity: 'second' } }])
  })

  it('is seen to be late, expired and taken over when its leader dies', async () => {
    const dying = startCandidate('fragile', 'mortal')
    expect(await runBuilt(['wait', 'fragile', '--for=holder=mortal', '--timeout=60s'], env)).toMatchObject({ code: 0 })
    const watch = startBuilt(['watch', 'fragile', '-o', 'json', '--renewals'], env)
    await watch.printed('"type":"renewed"')
    dying.signal('SIGKILL')
    await watch.printed('"type":"expired"')
    startCandidate('fragile', 'heir')
    await watch.printed(/"type":"acquired".*"holderIdentity":"heir"/)
    watch.kill('SIGINT')
    const told = events((await watch.finished).stdout).map(({ type }) => type)
    // On a busy machine it may have been late before, and renewed after that.
    expect(told.filter((type) => ['late', 'expired', 'acquired'].includes(type)).slice(-3)).toEqual(['late', 'expired', 'acquired'])
  })

  it('that is not renewed is free, and a wait for another holder times out with 1', async () => {
    startCandidate('short', 'gone')
    expect(await runBuilt(['wait', 'short', '--for=held', '--timeout=60s'], env)).toMatchObject({ code: 0 })
    expect(await runBuilt(['wait', 'short', '--for=changed', '--timeout=2s'], env)).toMatchObject({ code: 1 })
    candidates.at(-1)!.signal('SIGKILL')
    expect(await runBuilt(['wait', 'short', '--for=free', '--timeout=60s'], env)).toMatchObject({ code: 0 })
  })
})

it.each([[-HOUR_MS], [HOUR_MS]])('a lease that is renewed is held, though its clock is %i ms off', async (skewMs) => {
  const name = skewMs < 0 ? 'slow-clock' : 'fast-clock'
  const path = `/apis/coordination.k8s.io/v1/namespaces/default/leases`
  const subject = { verb: 'update' }
  const time = (): string => new Date(Date.now() + skewMs).toISOString().replace('Z', '000Z')
  const spec = (): object => ({ holderIdentity: 'skewed', leaseDurationSeconds: 15, leaseTransitions: 0, acquireTime: time(), renewTime: time() })
  await client.request({ method: 'POST', path, body: { metadata: { name }, spec: spec() }, subject })
  const renewal = setInterval(() => {
    const body = { spec: spec() }
    void client.request({ method: 'PATCH', path: `${path}/${name}`, contentType: 'application/merge-patch+json', body, subject })
  }, 500)
  try {
    const watch = startBuilt(['watch', name, '-o', 'json', '--renewals'], env)
    await watch.printed('"type":"renewed"')
    watch.kill('SIGINT')
    const renewed = events((await watch.finished).stdout).filter(({ type }) => type === 'renewed')
    expect(new Set(renewed.map(({ election }) => `${election!.state} ${election!.basis}`))).toEqual(new Set(['held observed']))
  } finally {
    clearInterval(renewal)
  }
})

describe('while the API server is gone', () => {
  it('the watch says since when, comes back by itself, and tells each change once', async () => {
    const subject = { verb: 'update' }
    const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
    const spec = { holderIdentity: 'before', leaseDurationSeconds: 3600, leaseTransitions: 4 }
    await client.request({ method: 'POST', path, body: { metadata: { name: 'moved' }, spec }, subject })
    const watch = startBuilt(['watch', 'moved', '-o', 'json'], env)
    await watch.printed('"type":"connected"')

    await cluster.kill('kube-apiserver')
    await watch.printed('"type":"disconnected"')
    await cluster.restart('kube-apiserver')
    const body = { spec: { holderIdentity: 'after', leaseTransitions: 7 } }
    await client.request({ method: 'PATCH', path: `${path}/moved`, contentType: 'application/merge-patch+json', body, subject })
    await watch.printed(/"type":"acquired".*"holderIdentity":"after"/)

    watch.kill('SIGINT')
    const { stdout, stderr } = await watch.finished
    expect(stderr).toBe('')
    const told = events(stdout)
    // It is told again where the reason changes: first the connection broke, then it is refused.
    expect(new Set(told.map(({ type }) => type))).toEqual(new Set(['added', 'connected', 'disconnected', 'acquired']))
    // Whether it has said by now that it is connected again is a matter of moments.
    expect(told.filter(({ type }) => type === 'acquired')).toMatchObject([{ previousHolderIdentity: 'before' }])
  })
})
