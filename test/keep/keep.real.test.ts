import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it, type ExpectStatic } from 'vitest'
import { connect } from '../../shared/cluster/connection/connection.ts'
import { getElection } from '../../shared/cluster/elections/election-list.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import type { Election } from '../../shared/lease/election.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { Candidate } from '../bench/election-candidate.ts'
import { startBuilt, type Running } from '../support/built-cli.ts'
import { clientGoCandidate, startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

/** Programs on client-go that are stopped by a signal, with the built command beside them. */
const TIMINGS = ['-lease-duration=6s', '-renew-deadline=4s', '-retry-period=1s']
/** More than twice the lease duration. */
const PAUSE_MS = 13_000
let cluster: RealCluster
let client: ApiClient
let names = 0

beforeAll(async () => {
  cluster = await startRealCluster()
  client = await connect({ kubeconfig: cluster.kubeconfig }, { env: {}, clock: systemClock, version: 'test' })
}, 180_000)
afterAll(async () => {
  client.close()
  await cluster.close()
})

function candidate(name: string, id: string, ...flags: readonly string[]): Candidate {
  return new Candidate({ file: clientGoCandidate()!, args: [] }, [`-kubeconfig=${cluster.kubeconfig}`, `-name=${name}`, `-id=${id}`, ...TIMINGS, ...flags])
}

const read = (name: string): Promise<Election> => getElection(client, 'lease', 'default', name)

/** Stops a leader between two renewals: in the middle of one, nothing can keep its lease. */
async function stopBetweenRenewals(name: string, leader: Candidate, expect: ExpectStatic): Promise<void> {
  const { record } = await read(name)
  await expect.poll(async () => (await read(name)).record.renewTime, { timeout: 30_000, interval: 20 }).not.toBe(record.renewTime)
  await systemClock.sleep(200)
  process.kill(leader.pid, 'SIGSTOP')
}

function keep(name: string, { pid }: Candidate, identity: string): Running {
  return startBuilt(['keep', name, '--pid', String(pid), '--identity', identity, '--yes', '-o', 'json', '--kubeconfig', cluster.kubeconfig])
}

/** The command has observed some renewals, or would have. */
const observed = async (kept: Running): Promise<void> => {
  await kept.printed('"watching"')
  await systemClock.sleep(4_000)
}

describe('a program on client-go that is stopped for longer than its lease lasts', () => {
  it.concurrent('leads on if its lease is kept; when it has ended, the standby leads at once', { timeout: 120_000 }, async ({ expect }) => {
    const name = `kept-${++names}`
    await using leader = candidate(name, 'program')
    await leader.told('started-leading')
    await using standby = candidate(name, 'standby')
    await standby.told('new-leader')
    const kept = keep(name, leader, 'program')
    await observed(kept)
    await stopBetweenRenewals(name, leader, expect)
    await systemClock.sleep(PAUSE_MS)
    process.kill(leader.pid, 'SIGCONT')
    await kept.printed('"resumed"')
    const { record } = await read(name)
    // It renews by itself again.
    await expect.poll(async () => (await read(name)).record.renewTime, { timeout: 30_000 }).not.toBe(record.renewTime)
    await systemClock.sleep(6_000)
    expect([leader.count('stopped-leading'), standby.count('started-leading')]).toEqual([0, 0])
    expect((await read(name)).record).toMatchObject({ holderIdentity: 'program', leaseTransitions: 0 })

    leader.signal('SIGKILL')
    expect((await kept.finished).code).toBe(0)
    expect(kept.stdout()).toMatch(/"type":"released"}\n$/)
    await standby.told('started-leading')
  })

  it.concurrent('loses leadership if its lease is not kept', { timeout: 120_000 }, async ({ expect }) => {
    const name = `lost-${++names}`
    await using leader = candidate(name, 'program')
    await leader.told('started-leading')
    await using standby = candidate(name, 'standby')
    await stopBetweenRenewals(name, leader, expect)
    await standby.told('started-leading')
  })

  it.concurrent('is not kept after it has lost the API server and stopped leading', { timeout: 120_000 }, async ({ expect }) => {
    const name = `gone-${++names}`
    const port = new URL(cluster.url).port
    await using proxy = await TcpProxy.open(Number(port))
    const kubeconfig = join(cluster.directory, `${name}.kubeconfig`)
    writeFileSync(kubeconfig, readFileSync(cluster.kubeconfig, 'utf8').replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${proxy.port}`))
    await using leader = candidate(name, 'program', `-kubeconfig=${kubeconfig}`, '-rejoin')
    await leader.told('started-leading')
    const kept = keep(name, leader, 'program')
    await observed(kept)
    proxy.cut()
    await leader.told('stopped-leading')
    const before = await read(name)
    process.kill(leader.pid, 'SIGSTOP')
    await kept.printed('"not-kept"')
    await systemClock.sleep(8_000)
    expect((await read(name)).resourceVersion).toBe(before.resourceVersion)
    leader.signal('SIGKILL')
    await kept.finished
    expect((await read(name)).resourceVersion).toBe(before.resourceVersion)
  })
})

describe('a lease that is not the program\'s', () => {
  it.concurrent('is neither kept nor released if its holder dies while the program is stopped', { timeout: 120_000 }, async ({ expect }) => {
    const name = `stranger-${++names}`
    await using stranger = candidate(name, 'stranger')
    await stranger.told('started-leading')
    await using program = candidate(name, 'program')
    await program.told('new-leader')
    const kept = keep(name, program, 'program')
    await observed(kept)
    process.kill(program.pid, 'SIGSTOP')
    await kept.printed('"not-kept"')
    stranger.signal('SIGKILL')
    await stranger.exited
    const before = await read(name)
    await systemClock.sleep(8_000)
    program.signal('SIGKILL')
    await kept.finished
    expect(kept.stdout()).toContain('"not-released","why":"other-holder","holderIdentity":"stranger"')
    expect((await read(name)).resourceVersion).toBe(before.resourceVersion)
  })

  it.concurrent('is not kept although the record names the program, if it was stopped before it acquired it', { timeout: 120_000 }, async ({ expect }) => {
    const name = `named-${++names}`
    await using other = candidate(name, 'other', '-release-on-cancel')
    await other.told('started-leading')
    await using program = candidate(name, 'program')
    await program.told('new-leader')
    const kept = keep(name, program, 'program')
    await observed(kept)
    process.kill(program.pid, 'SIGSTOP')
    await kept.printed('"not-kept"')
    other.signal('SIGTERM')
    await other.exited
    const spec = { holderIdentity: 'program', leaseDurationSeconds: 6, renewTime: new Date().toISOString().replace('Z', '000Z') }
    await cluster.kubectl(['patch', 'lease', name, '--type=merge', '-p', JSON.stringify({ spec })])
    const before = await read(name)
    await kept.printed('"why":"unproven"')
    await systemClock.sleep(8_000)
    program.signal('SIGKILL')
    await kept.finished
    expect(kept.stdout()).not.toContain('"type":"released"')
    expect((await read(name)).resourceVersion).toBe(before.resourceVersion)
  })

  it.concurrent('is not written again after the program has released it', { timeout: 120_000 }, async ({ expect }) => {
    const name = `released-${++names}`
    await using leader = candidate(name, 'program', '-release-on-cancel')
    await leader.told('started-leading')
    const kept = keep(name, leader, 'program')
    await observed(kept)
    await stopBetweenRenewals(name, leader, expect)
    await kept.printed('"keeping"')
    process.kill(leader.pid, 'SIGCONT')
    await kept.printed('"resumed"')
    // client-go before 0.34 releases only what it wrote itself.
    const before = await read(name)
    await expect.poll(async () => (await read(name)).record.renewTime, { timeout: 30_000 }).not.toBe(before.record.renewTime)
    leader.signal('SIGTERM')
    await leader.exited
    await kept.finished
    const { record } = await read(name)
    expect(record.holderIdentity).toBe('')
    expect(kept.stdout()).toContain('"not-released","why":"released"')
  })
})
