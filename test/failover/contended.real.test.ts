import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { connectTo } from '../bench/leases.ts'
import { BUILT_CLI, runBuilt, startBuilt } from '../support/built-cli.ts'
import { clientGoCandidate, startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { Terminal } from '../support/terminal.ts'
import { HandWrittenLeader } from './hand-written-leader.ts'
import { PodElection, type Timings } from './pod-election.ts'

/** Somebody else writes the lease while it is moved, on a real kube-apiserver: one wins, and the other says so. */
const SHORT: Timings = { leaseDuration: 6, renewDeadline: 4, retryPeriod: 1 }

let cluster: RealCluster
let client: ApiClient
let env: { KUBECONFIG: string }

beforeAll(async () => {
  cluster = await startRealCluster()
  client = await connectTo(cluster.kubeconfig)
  env = { KUBECONFIG: cluster.kubeconfig }
}, 600_000)

afterAll(async () => {
  client.close()
  await cluster.close()
})

function run(name: string): Promise<PodElection> {
  const theirs = { file: clientGoCandidate()!, args: [] }
  return PodElection.create(client, { ours: theirs, theirs, kubeconfig: cluster.kubeconfig }, { name, kinds: ['client-go', 'client-go'], timings: SHORT })
}

const resultOf = (stdout: string): unknown =>
  stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as { type: string }).find(({ type }) => type === 'result')

describe('two failovers', () => {
  it('that are confirmed at the same moment: one wins, the other writes nothing', async () => {
    await using election = await run('agreed')
    const command = `${process.execPath} ${BUILT_CLI} failover agreed; echo "ended with $?"`
    const open = (): Promise<Terminal> => Terminal.open(['sh', '-c', command], { env, columns: 200 })
    const terminals = await Promise.all([open(), open()])
    try {
      await Promise.all(terminals.map((terminal) => terminal.shows('Move leadership? [y/N]')))
      await Promise.all(terminals.map((terminal) => terminal.press('y', 'Enter')))
      const screens = await Promise.all(terminals.map((terminal) => terminal.shows(/ended with \d+/)))
      const losers = screens.filter((screen) => /Aborted: another failover has started in the meantime\. No changes were made\.\s+ended with 1/.test(screen))
      const winners = screens.filter((screen) => /Moved: .*\s+ended with 0|Returned: [^]*ended with 1/.test(screen))
      expect([losers.length, winners.length], screens.join('\n')).toEqual([1, 1])
    } finally {
      await Promise.all(terminals.map((terminal) => terminal.close()))
    }
    await election.settle()
    expect(election.overlaps, election.toString()).toEqual([])
  })

  it('one of which begins later: it is refused', async () => {
    await using election = await run('later')
    const first = startBuilt(['failover', 'later', '--yes', '-o', 'json'], env)
    await first.printed('"blocked"')
    const second = await runBuilt(['failover', 'later', '--yes'], env)
    expect(second).toMatchObject({ code: 2, stderr: expect.stringMatching(/^Error: Another failover is blocking .* No changes were made\.\n$/) })
    expect(resultOf((await first.finished).stdout)).toMatchObject({ outcome: expect.stringMatching(/moved|returned/) })
    expect(election.overlaps, election.toString()).toEqual([])
  })
})

describe('a failover', () => {
  it('whose lease is deleted says so, and the election goes on', async () => {
    await using election = await run('deleted')
    const failover = startBuilt(['failover', 'deleted', '--yes', '-o', 'json'], env)
    await failover.printed('"blocked"')
    await cluster.kubectl(['delete', 'lease', 'deleted'])
    const { code, stdout } = await failover.finished
    expect(code).toBe(1)
    // Whoever makes it anew may be faster than the news of the deletion.
    expect(resultOf(stdout)).toMatchObject({ outcome: 'aborted', abortion: { cause: expect.stringMatching(/deleted|taken/), left: 'lost' } })
    await election.settle()
  })

  it('whose old leader writes itself back leaves it the lease', async () => {
    await using leader = await HandWrittenLeader.hold(client, 'stubborn', { isStubborn: true })
    const { code, stdout } = await runBuilt(['failover', 'stubborn', '--yes', '--force'], env)
    expect(stdout).toContain('Aborted: old wrote the lease in the meantime. It keeps the lease.')
    expect(code).toBe(1)
    expect(await leader.holder()).toBe('old')
    expect(leader.disturbances).toBeGreaterThan(0)
  })

  it('whose old leader writes almost all the time finds a gap, or makes no changes', async () => {
    await using leader = await HandWrittenLeader.hold(client, 'busy', { everyMs: 0 })
    const { code, stdout } = await runBuilt(['failover', 'busy', '--yes', '--force', '-o', 'json', '--timeout=1s'], env)
    expect(code).toBe(1)
    const isBusy = leader.disturbances === 0
    const busy = { outcome: 'aborted', abortion: { cause: 'busy', left: 'untouched' } }
    expect(resultOf(stdout)).toMatchObject(isBusy ? busy : { outcome: 'free', from: 'old' })
    expect(await leader.holder()).toBe(isBusy ? 'old' : '')
  })
})
