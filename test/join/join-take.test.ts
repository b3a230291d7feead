import { describe, expect, it } from 'vitest'
import { eventually, type Joined } from '../support/join-scene.ts'
import { JoinSuite, LEASE_MS } from '../support/join-suite.ts'

/** `join --take`, as it ships, in a sandbox. What it takes from is `join` as well, or a holder that the test plays. */
const suite = new JoinSuite()

/** Renews while the lease names it, as a leader does that says nothing of when it stops. Resolves when it has lost. */
async function renewing(holderIdentity: string): Promise<void> {
  const { name } = suite
  suite.plant(holderIdentity)
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    if (suite.name !== name || suite.stored()?.holderIdentity !== holderIdentity) return
    suite.plant(holderIdentity)
  }
}

async function leader(...args: readonly string[]): Promise<Joined> {
  const joined = suite.joinJson(...args)
  await joined.told('started-leading')
  return joined
}

const time = ({ time: text }: { readonly time: string }): number => Date.parse(text)

describe('leadership is taken', () => {
  it('from one of ours as soon as that has stopped, and goes back to it after --max-hold', async () => {
    const first = await leader('--id', 'first')
    const second = suite.joinJson('--id', 'second', '--take', '--yes', '--max-hold', '1s', '--once')
    const result = await second.told('result')
    expect(result).toMatchObject({ identity: 'second', outcome: 'moved', from: 'first', to: 'second' })
    expect(await second.told('leader-stopped')).toMatchObject({ proof: 'acknowledged' })
    expect(time(await second.told('started-leading'))).toBeGreaterThanOrEqual(time(await first.told('stopped-leading')))

    expect(await second.finished).toBe(0)
    expect(second.types().filter((type) => type !== 'new-leader' && type !== 'result')).toEqual([
      ...['plan', 'candidate', 'blocked', 'leader-stopped', 'handed-over'],
      ...['started-leading', 'stopped-leading', 'released'],
    ])
    expect(second.lines.find(({ type }) => type === 'stopped-leading')).toMatchObject({ reason: 'max-hold' })
    expect(time(await first.told('started-leading', 2))).toBeGreaterThanOrEqual(time(await second.told('stopped-leading')))
  })

  it('from any other when that must have stopped', async () => {
    const lost = renewing('pod-a')
    await eventually('it is held', () => suite.stored())
    const joined = suite.joinJson('--take', '--yes')
    const { proof, afterMs } = await joined.told('leader-stopped')
    expect(proof).toBe('waited')
    expect(afterMs).toBeGreaterThanOrEqual(LEASE_MS)
    await joined.told('started-leading')
    await lost
    expect(joined.types()).not.toContain('error')
  })

  it('for a command, which is what it ends with', async () => {
    await leader('--id', 'first')
    const joined = suite.joinJson('--take', '--yes', '--', 'sh', '-c', 'echo "$LEADER_IDENTITY" >&2; exit 7')
    expect(await joined.finished).toBe(7)
    expect(joined.types()).toEqual(expect.arrayContaining(['handed-over', 'started-leading', 'command-started', 'command-exited', 'released']))
    expect(await joined.told('result')).toMatchObject({ outcome: 'moved' })
  })

  it.each([
    ['there is no election yet', () => undefined],
    ['nobody holds it', () => suite.plant('')],
    ['its holder is gone', () => suite.plant('pod-a')],
  ])('by standing, where %s', async (_name, happen) => {
    happen()
    const joined = suite.joinJson('--take', '--yes', '--max-hold', '100ms', '--once')
    expect(await joined.finished).toBe(0)
    expect(joined.types().filter((type) => type !== 'new-leader')).toEqual(
      ['nothing-to-take', 'candidate', 'started-leading', 'stopped-leading', 'released'],
    )
  })

  it('in words for people: what will happen, what does, and what came of it', async () => {
    await leader('--id', 'first')
    const joined = suite.join('--id', 'second', '--take', '--yes', '--max-hold', '500ms', '--once')
    expect(await joined.finished).toBe(0)
    expect(joined.stdout).toContain('New leader:  second (this candidate)\n')
    expect(joined.stdout).toContain("While this candidate is the leader, the election's work stops, for at most")
    expect(joined.stdout).toMatch(/blocked {12}Lease blocked\. Waiting for first to stop/)
    expect(joined.stdout).toMatch(/result {13}leadership taken from first; there was no leader for up to /)
    expect(joined.stderr).toBe('')
  })
})

describe('leadership is not taken, and the candidate leaves,', () => {
  it('when it is interrupted: the election goes on without it', async () => {
    void renewing('pod-a')
    await eventually('it is held', () => suite.stored())
    const joined = suite.joinJson('--id', 'me', '--take', '--yes')
    await joined.told('blocked')
    joined.kill('SIGINT')
    expect(await joined.finished).toBe(130)
    expect(await joined.told('result')).toMatchObject({ outcome: 'aborted', abortion: { cause: 'interrupted' } })
    expect(joined.types()).not.toContain('started-leading')
    // Undone at once, or, where this machine was too slow for that, held to the end and released.
    expect(['pod-a', '']).toContain(suite.stored()?.holderIdentity)
  })

  it.each([
    ['with a code of its own', [], 1],
    ['beside a command, which is not run', ['--', 'false'], 125],
  ])('when somebody else takes it in between, %s', async (_name, command, code) => {
    void renewing('pod-a')
    await eventually('it is held', () => suite.stored())
    const joined = suite.joinJson('--id', 'me', '--take', '--yes', ...command)
    await joined.told('blocked')
    void renewing('pod-b')
    expect(await joined.finished).toBe(code)
    expect(joined.stderr).toBe(
      `Error: Could not take leadership of lease "${suite.name}" in namespace "default": another client wrote the lease in the meantime. The holder is now pod-b. This candidate has left the election.\n`,
    )
    expect(joined.types()).not.toContain('started-leading')
    expect(suite.stored()).toMatchObject({ holderIdentity: 'pod-b' })
  })
})

describe('nothing is written where', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['nobody can be asked', [], /no terminal to ask on\. To confirm, pass --yes\. No changes were made\.\n$/],
    ['nobody can be asked, beside a command', ['--', 'true'], /no terminal to ask on\. To confirm, pass --yes\. No changes were made\.\n$/],
    ['the candidate leads already', ['--id', 'pod-a', '--yes'], /^Error: pod-a is already the leader of the lease .*\. No changes were made\.\n$/],
    ['the timings do not fit', ['--yes', '--renew-deadline', '9s'], /greater than --renew-deadline\. The current holder uses a lease duration of 4s/],
  ])('%s', async (_name, args, said) => {
    suite.plant('pod-a')
    const before = suite.stored()
    const joined = suite.join('--take', ...args)
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toMatch(said)
    expect(suite.stored()).toEqual(before)
  })

  it.each<[string, object, RegExp]>([
    ['a failover is under way', { holderIdentity: 'kubectl-leader-failover_1' }, /^Error: Another failover is blocking/],
    ['the API server picks the leader', { strategy: 'OldestEmulationVersion' }, /is a coordinated election: /],
    ['nobody can tell when its holder has stopped', { leaseDurationSeconds: null }, /has no lease duration/],
  ])('%s', async (_name, spec, said) => {
    suite.plant('pod-a', spec)
    const before = suite.stored()
    const joined = suite.join('--take', '--yes')
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toMatch(said)
    expect(suite.stored()).toEqual(before)
  })

  it('it is a heartbeat', async () => {
    suite.sandbox.plant('leases.coordination.k8s.io', { metadata: { namespace: 'kube-node-lease', name: suite.name }, spec: { holderIdentity: suite.name } })
    const joined = suite.join('-n', 'kube-node-lease', '--take', '--yes')
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toMatch(/is a node's heartbeat\. .*--force/)
  })

  it('it is in Redis', async () => {
    const joined = suite.scene.start(['redis://127.0.0.1:1/0?key=x', '--take', '--yes'], {})
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toMatch(/^Error: --take is not supported for Redis/)
  })

  it('that is not allowed, and says so', async () => {
    suite.plant('pod-a')
    const before = suite.stored()
    suite.sandbox.addUser({ name: 'reader', rules: [{ verbs: ['get', 'list', 'watch'], apiGroups: ['*'], resources: ['*'] }] })
    await suite.use('reader')
    const joined = suite.join('--take', '--yes')
    expect(await joined.finished).toBe(4)
    expect(joined.stderr).toMatch(/^Error: You are not allowed to update leases\.coordination\.k8s\.io/)
    expect(suite.stored()).toEqual(before)
  })
})

describe("a lease duration that is not the others'", () => {
  it.each([
    ['is warned of', ['--lease-duration', '20s'], /^Warning: lease default\/election-\d+ is held with a lease duration of 4s, but this candidate uses 20s\./],
    ["is not, where it is the holder's", [], /^$/],
    ["is the holder's, where only something else is asked for", ['--retry-period', '300ms'], /^$/],
  ])('%s', async (_name, args, said) => {
    suite.plant('pod-a')
    const joined = suite.join('--yes', ...args)
    await eventually('it stands', () => joined.stdout.includes('candidate'))
    joined.kill('SIGINT')
    expect(await joined.finished).toBe(130)
    expect(joined.stderr).toMatch(said)
  })
})
