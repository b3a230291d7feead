import { describe, expect, it } from 'vitest'
import { findNewLeader, type NewLeader } from '../../shared/actions/failover/new-leader.ts'
import type { FailoverPlan } from '../../shared/actions/failover.ts'
import { electionFromLease } from '../../shared/lease/election.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { lease, pod } from '../support/cluster-objects.ts'
import { fail, FakeClient, listBody, type Reply } from '../support/fake-client.ts'

/** Who leads after a failover from "web-a_1…" of the election "web": the old leader again, or another. */
const uuid = (digit: number): string => `00000000-0000-4000-8000-00000000000${digit}`
const OLD = `web-a_${uuid(1)}`
const OLD_AGAIN = `web-a_${uuid(2)}`
const OTHER = `web-b_${uuid(3)}`
const PODS: Reply = listBody('9', [pod('web-a'), pod('web-b')])

async function newLeader(to: string, pods: Reply, change: Partial<FailoverPlan> = {}): Promise<NewLeader | null> {
  const clock = new FakeClock()
  const client = new FakeClient(clock, ({ path }) => (path.includes('/pods') ? pods : fail('notFound')))
  const election = electionFromLease(lease('web', { holderIdentity: OLD }))
  const holder = { kind: 'Pod', name: 'web-a', pod: { namespace: 'team-a', name: 'web-a' } }
  const plan = { election, from: OLD, to: null, holder, ...change } as unknown as FailoverPlan
  let found: NewLeader | null = null
  void findNewLeader(client, clock, plan, to).then((answer) => (found = answer))
  await clock.advance(5_000)
  return found
}

describe('a new leader', () => {
  it.each<[string, string, Reply, boolean]>([
    ['in another Pod is another', OTHER, PODS, false],
    ['in the same Pod is the old one', OLD_AGAIN, PODS, true],
    ['of the same identity is the old one', OLD, PODS, true],
    ['is recognized by its identity if Pods cannot be read: another candidate', OTHER, fail('forbidden'), false],
    ['is recognized by its identity if Pods cannot be read: the old leader', OLD_AGAIN, fail('forbidden'), true],
    ['is recognized by its identity if there is no answer: another candidate', OTHER, 'hang', false],
    ['is recognized by its identity if there is no answer: the old leader', OLD_AGAIN, 'hang', true],
  ])('%s', async (_what, to, pods, isOldLeader) => {
    expect(await newLeader(to, pods)).toMatchObject({ isOldLeader })
  })

  it('that the lease was handed over to is another candidate, even in the same Pod', async () => {
    expect(await newLeader(OLD_AGAIN, PODS, { to: OLD_AGAIN })).toMatchObject({ isOldLeader: false })
  })

  it('is another process if there are no Pods', async () => {
    expect(await newLeader(OLD_AGAIN, listBody('9', []), { holder: null })).toMatchObject({ isOldLeader: false })
  })
})
