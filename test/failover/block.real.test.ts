import { describe, expect, it } from 'vitest'
import { pause } from '../bench/election-candidate.ts'
import { runBuilt, startBuilt, type Finished, type Running } from '../support/built-cli.ts'
import type { NodeCluster } from './node-cluster.ts'
import { useNodeServer } from './node-server.ts'

/** A blocked lease stays blocked for as long as `block` says, and no candidate leads in that time. */
const TIMINGS = { leaseDuration: 6, renewDeadline: 4, retryPeriod: 1 }

const real = useNodeServer(TIMINGS)

const world = (name: string): Promise<NodeCluster> =>
  real.cluster({ 'node-a': 'zone-1', 'node-b': 'zone-2' },
    ['a', 'b'].map((node) => ({ name: `${name}-${node}`, node: `node-${node}`, elections: [name] })),
  )

const start = (name: string, time: string): Running =>
  startBuilt(['block', name, '--for', time, '--reason', 'upgrade', '--yes', '-o', 'json'], { KUBECONFIG: real.server.kubeconfig })

interface Told {
  readonly blockedAtMs: number
  readonly endedAtMs: number
  readonly result: { readonly outcome: string; readonly because: string | null; readonly isReleased: boolean; readonly blockedMs: number }
}

function told({ stdout }: Finished): Told {
  const lines = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as { time: string; type: string })
  const at = (type: string): number => Date.parse(lines.find((line) => line.type === type)!.time)
  return { blockedAtMs: at('blocked'), endedAtMs: at('result'), result: lines.at(-1) as unknown as Told['result'] }
}

/** No candidate led while `block` said that the lease was blocked. */
function expectBlocked(cluster: NodeCluster, name: string, { blockedAtMs, result }: Told): void {
  const untilMs = blockedAtMs + result.blockedMs
  expect(cluster.termsOf(name).filter((term) => term.fromMs < untilMs && term.untilMs > blockedAtMs)).toEqual([])
  expect(cluster.overlaps).toEqual({})
}

describe('block', () => {
  it('ends in time, or on Ctrl-C, with its Events', async () => {
    await using cluster = await world('timed')
    const finished = await start('timed', '8s').finished
    expect(finished).toMatchObject({ code: 0, stderr: '' })
    const first = told(finished)
    expect(first.result).toMatchObject({ outcome: 'in-time', isReleased: true })
    expect(first.result.blockedMs).toBeGreaterThanOrEqual(8_000)
    await cluster.settle()
    expectBlocked(cluster, 'timed', first)

    const running = start('timed', '10m')
    await running.printed('"type":"blocked"')
    const { stdout } = await runBuilt(['list', 'timed', '-o', 'json'], { KUBECONFIG: real.server.kubeconfig })
    expect(JSON.parse(stdout)).toMatchObject({ state: 'blocked' })
    const refused = await runBuilt(['failover', 'timed', '--yes'], { KUBECONFIG: real.server.kubeconfig })
    expect(refused).toMatchObject({ code: 2 })
    expect(refused.stderr).toMatch(/is blocked for maintenance\. .* Its Event of .* blocks the lease for 10m: /)
    running.kill('SIGINT')
    const canceled = await running.finished
    expect(canceled.code).toBe(0)
    expect(told(canceled).result).toMatchObject({ outcome: 'canceled', isReleased: true })
    await cluster.settle()
    expectBlocked(cluster, 'timed', told(canceled))
    const events = await real.server.kubectl(['get', 'events', '--field-selector=reason=LeaderBlock', '-o', 'jsonpath={range .items[*]}{.message}{"\\n"}{end}'])
    expect(events.split('\n')).toEqual(
      expect.arrayContaining([expect.stringMatching(/ blocks the lease for 8s: upgrade$/), expect.stringMatching(/^The block of .* ended after .* \(in-time\): upgrade$/)]),
    )
    const lease = await real.server.kubectl(['get', 'lease', 'timed', '-o', 'jsonpath={.metadata.annotations}'])
    expect(lease).not.toContain('upgrade')
  })

  it('outlasts a short outage of the API server, and says at once that it was lost in a long one', async () => {
    await using cluster = await world('outage')
    const short = start('outage', '12s')
    await short.printed('"type":"blocked"')
    real.server.pause('kube-apiserver')
    await pause(2_500)
    real.server.resume('kube-apiserver')
    const kept = await short.finished
    expect(told(kept).result).toMatchObject({ outcome: 'in-time' })
    expect(kept.code).toBe(0)
    await cluster.settle()
    expectBlocked(cluster, 'outage', told(kept))

    const long = start('outage', '10m')
    await long.printed('"type":"blocked"')
    real.server.pause('kube-apiserver')
    // It is said at once, not when the server is back.
    const lost = await long.finished
    real.server.resume('kube-apiserver')
    expect(lost.code).toBe(1)
    expect(told(lost).result).toMatchObject({ outcome: 'lost', because: 'deadline', isReleased: false })
    await cluster.settle()
    expectBlocked(cluster, 'outage', told(lost))
  })

  it('says that it was lost when the API server was killed, and is right if it is back in time or not', async () => {
    await using cluster = await world('crashed')
    const lost = start('crashed', '10m')
    await lost.printed('"type":"blocked"')
    await real.server.kill('kube-apiserver')
    const told1 = told(await lost.finished)
    expect(told1.result).toMatchObject({ outcome: 'lost', because: 'deadline', isReleased: false })
    await real.server.restart('kube-apiserver')
    await cluster.settle()
    expectBlocked(cluster, 'crashed', told1)

    const other = start('crashed', '12s')
    await other.printed('"type":"blocked"')
    await real.server.kill('kube-apiserver')
    await real.server.restart('kube-apiserver')
    const { code, ...finished } = await other.finished
    const told2 = told({ code, ...finished })
    // The restart of the server takes about as long as the lease is good for.
    expect([code, told2.result.outcome]).toEqual(code === 0 ? [0, 'in-time'] : [1, 'lost'])
    await cluster.settle()
    expectBlocked(cluster, 'crashed', told2)
  })

  it('goes on after a sleep of its machine that is shorter than the lease', async () => {
    await using cluster = await world('dozed')
    const running = start('dozed', '9s')
    await running.printed('"type":"blocked"')
    process.kill(running.pid, 'SIGSTOP')
    await pause(2_500)
    process.kill(running.pid, 'SIGCONT')
    const finished = await running.finished
    expect(finished.code).toBe(0)
    expect(told(finished).result).toMatchObject({ outcome: 'in-time', isReleased: true })
    await cluster.settle()
    expectBlocked(cluster, 'dozed', told(finished))
  })

  it.each<[string, string, string, NodeJS.Signals | null]>([
    ['longer than the lease', 'slept', '10m', null],
    ['beyond the end of the block', 'overslept', '8s', null],
    ['during which Ctrl-C is pressed', 'canceled', '10m', 'SIGINT'],
  ])('says that it was lost in a sleep %s', async (_what, name, time, signal) => {
    await using cluster = await world(name)
    const running = start(name, time)
    await running.printed('"type":"blocked"')
    process.kill(running.pid, 'SIGSTOP')
    await cluster.until('a candidate leads', () => cluster.leaderOf(name) !== null)
    if (signal) running.kill(signal)
    await pause(3_000)
    process.kill(running.pid, 'SIGCONT')
    const finished = await running.finished
    expect(told(finished).result).toMatchObject({ outcome: 'lost', isReleased: false })
    expect(finished.code).toBe(1)
    expectBlocked(cluster, name, told(finished))
  })

  it('dies with its process', async () => {
    await using cluster = await world('killed')
    const running = start('killed', '10m')
    await running.printed('"type":"blocked"')
    running.kill('SIGKILL')
    await cluster.until('a candidate leads', () => cluster.leaderOf('killed') !== null)
    await cluster.settle()
    expect(cluster.overlaps).toEqual({})
  })

  it.each([
    [['--for', '2h', '--reason', 'x'], /A block lasts from 1s to 1h\. No changes were made\./],
    [['--for', '1m', '--reason', 'x', '-n', 'kube-system'], /belongs to the control plane.*--force/],
    [['--for', '1m'], /--reason/],
    [['--for', '1m', '--reason', ' '], /--reason is empty\. .* No changes were made\./],
    [['--reason', 'x'], /--for/],
    [['--for', '1m', '--reason', 'x'], /There is no lease "none" in namespace "default"\. No changes were made\./],
  ])('with %j is refused', async (flags, words) => {
    const { code, stderr } = await runBuilt(['block', 'none', '--yes', ...flags], { KUBECONFIG: real.server.kubeconfig })
    expect(code).toBe(2)
    expect(stderr).toMatch(words)
  })
})
