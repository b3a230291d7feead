import { describe, expect, it } from 'vitest'
import { isSeenEnough } from '../../shared/actions/doctor/enough.ts'
import type { KnownHolder } from '../../shared/actions/doctor/evidence.ts'
import { examine } from '../../shared/actions/doctor/examine.ts'
import type { LeadershipEvent } from '../../shared/cluster/elections/leadership-events.ts'
import { EVENTS, LEASES } from '../../shared/cluster/paths.ts'
import { commandLine } from '../../shared/remedy.ts'
import { ABSENT, evidenceOf, foundIn, heldByPod, renewals, type Told } from './evidence.ts'

const DAY_MS = 86_400_000
/** What test/support/cluster-objects gives a lease, and FakeClock starts at. */
const CREATED_MS = Date.UTC(2025, 11, 1)
const NOW_MS = Date.UTC(2026, 0, 1)
const at = (ms: number): string => new Date(ms).toISOString()

type Case = readonly [what: string, told: Told, found: readonly string[]]

function table(about: string, cases: readonly Case[]): void {
  describe(about, () => {
    it.each(cases)('%s', async (_what, told, found) => {
      expect(await foundIn(told)).toEqual(found)
    })
  })
}

table('renewals:', [
  ['every retry period are well', { writes: renewals(2_000, 2_000, 2_000, 2_000) }, []],
  ['no renewal yet is not a problem before the lease expires', { thenMs: 5_000 }, []],
  ['none for two thirds of the duration', { thenMs: 11_000 }, ['warning noRenewals']],
  ['none for the whole duration', { thenMs: 15_000 }, ['error expired']],
  ['expired by the recorded times, without an observed renewal', { spec: { renewTime: at(NOW_MS - 60_000) }, thenMs: 5_000 }, ['warning noRenewals']],
  ['one that came late leaves a margin', { writes: renewals(2_000, 2_000, 2_000, 2_000, 12_000) }, ['warning lateRenewals']],
  ['one that came after the end is an error', { writes: renewals(2_000, 2_000, 2_000, 2_000, 16_000) }, ['error renewedAfterExpiry']],
  [
    'one that came late to us alone was on time',
    { writes: [...renewals(2_000, 2_000), { afterMs: 12_000, renewTimeOffMs: -10_000 }, ...[8_100, 6_200, 4_300, 2_400, 500].map((ms) => ({ afterMs: 100, renewTimeOffMs: -ms })), ...renewals(1_500)] },
    [],
  ],
  [
    'a clock that was set ahead does not make a renewal late',
    { writes: [...renewals(2_000, 2_000), { afterMs: 2_000, renewTimeOffMs: 2_500 }, { afterMs: 2_000, renewTimeOffMs: 2_500 }] },
    [],
  ],
  [
    'a gap in the connection is not one in the renewals',
    { writes: [...renewals(2_000, 2_000, 2_000), { afterMs: 14_000, isAfterBreak: true }, ...renewals(2_000)] },
    [],
  ],
  ['the time before the first one that was seen to come is not known', { writes: renewals(12_000, 2_000, 2_000) }, []],
  ['another holder is not a renewal', { writes: [...renewals(2_000, 2_000), { afterMs: 12_000, holderIdentity: 'web-2' }, ...renewals(2_000)] }, []],
  ['a node heartbeat that expired', { metadata: { namespace: 'kube-node-lease' }, thenMs: 15_000 }, ['error expired']],
  ["what is not a leader election is not advised on", { metadata: { labels: { 'cnpg.io/cluster': 'x' } }, spec: { leaseDurationSeconds: null }, thenMs: 60_000, evidence: { holder: ABSENT } }, ['info notAnElection']],
  ['a lease that is being deleted', { metadata: { deletionTimestamp: at(NOW_MS), finalizers: ['a.b/c'] } }, ['warning beingDeleted']],
  ['a lease without a holder need not be renewed', { spec: { holderIdentity: '' }, thenMs: 60_000 }, []],
])

table("the holder's Pod:", [
  ['ready', { writes: renewals(2_000), evidence: { holder: heldByPod() } }, []],
  ['gone, by a name that the API server made', { spec: { holderIdentity: 'web-7d-x2x4z' }, evidence: { holder: ABSENT } }, ['error holderPodGone']],
  ['not found, by another name', { evidence: { holder: ABSENT } }, ['warning holderNotFound']],
  ['not found, and yet it renews', { spec: { holderIdentity: 'laptop_x' }, writes: renewals(2_000), evidence: { holder: ABSENT } }, []],
  ['not found, of a coordinated election', { spec: { strategy: 'OldestEmulationVersion' }, evidence: { holder: ABSENT } }, []],
  ['succeeded', { evidence: { holder: heldByPod({ phase: 'Succeeded' }) } }, ['error holderPodEnded']],
  ['failed, while another process renews with its identity', { writes: renewals(2_000), evidence: { holder: heldByPod({ phase: 'Failed' }) } }, ['warning holderPodEnded']],
  ['evicted', { evidence: { holder: heldByPod({ phase: 'Failed', reason: 'Evicted' }) } }, ['error holderPodEvicted']],
  ['not ready', { evidence: { holder: heldByPod({ isReady: false }) } }, ['warning holderPodNotReady']],
  ['being deleted, in its time', { evidence: { holder: heldByPod({ deletionTimestamp: at(NOW_MS) }) } }, []],
  ['to be deleted long since', { evidence: { holder: heldByPod({ deletionTimestamp: at(NOW_MS - 60_000) }) } }, ['warning holderPodTerminating']],
  ['on a Node that is not ready', { evidence: { holder: heldByPod(), node: { name: 'node-9', isReady: false, isCordoned: false, zone: null } } }, ['error holderNodeNotReady']],
  ['on a Node that is gone', { evidence: { holder: heldByPod(), node: 'absent' } }, ['error holderNodeNotReady']],
  [
    'on a Node that is not ready, while it renews',
    { writes: renewals(2_000), evidence: { holder: heldByPod(), node: { name: 'node-9', isReady: false, isCordoned: false, zone: null } } },
    ['warning holderNodeNotReady'],
  ],
])

describe('the command for a holder that is gone', () => {
  it.each([
    ['watches first', 15, 'kubectl leader release -n team-a web'],
    ['is forced if there is no lease duration to watch for', null, 'kubectl leader release -n team-a web --force'],
  ])('%s', async (_what, leaseDurationSeconds, command) => {
    const { evidence, around } = await evidenceOf({ spec: { leaseDurationSeconds }, evidence: { holder: ABSENT } })
    const found = examine([evidence], around, { missing: [] }).find(({ code }) => code === 'holderNotFound')
    expect(commandLine(found!.remedy.command)).toBe(command)
  })
})

const led = (identity: string, agoMs: number, count = 1, firstAgoMs = agoMs): LeadershipEvent => ({
  lock: 'lease', namespace: 'team-a', name: 'web', identity, count, firstTime: at(NOW_MS - firstAgoMs), lastTime: at(NOW_MS - agoMs),
})
const moved = (holderIdentity: string, afterMs = 2_000) => ({ afterMs, holderIdentity })

table('leadership:', [
  ['that moves once is a rollout', { writes: [moved('web-2'), ...renewals(2_000)] }, []],
  ['that moves to and fro', { writes: [moved('web-2'), moved('web-1')] }, ['warning flapping']],
  ['that is released in between moves no more often', { writes: [moved(''), moved('web-2')] }, []],
  ['that Events show a few times is a rollout', { evidence: { events: [1, 2, 3, 4, 5].map((n) => led(`web-${n}`, n * 1000)) } }, []],
  ['that Events show many times', { evidence: { events: [1, 2, 3, 4, 5, 6].map((n) => led(`web-${n % 2}`, n * 1000)) } }, ['warning flapping']],
  ['that one Event counts', { evidence: { events: [led('web-1', 1000, 9, 300_000)] } }, ['warning flapping']],
  ['that one Event has counted for long', { evidence: { events: [led('web-1', 1000, 9, 3_000_000)] } }, []],
  ['that Events showed an hour ago', { evidence: { events: [1, 2, 3, 4, 5, 6].map((n) => led(`web-${n % 2}`, n * 1000 + 3_600_000)) } }, []],
  ['that has moved daily', { spec: { leaseTransitions: 60 } }, []],
  ['that has moved every ten minutes', { spec: { leaseTransitions: 4_464 } }, ['warning flapping']],
  ['that moved so once, and has long been calm', { spec: { leaseTransitions: 4_464, acquireTime: at(NOW_MS - DAY_MS) } }, []],
])

const by = (pod: string, kind: string, name: string): KnownHolder => ({ identity: pod, pod, owner: { kind, name } })

table('workloads:', [
  ['one', { evidence: { knownHolders: [by('a-1', 'Deployment', 'a'), by('a-2', 'Deployment', 'a')] } }, []],
  ['two', { evidence: { knownHolders: [by('a-1', 'Deployment', 'a'), by('b-1', 'Deployment', 'b')] } }, ['error twoWorkloads']],
  ['one that is not known', { evidence: { knownHolders: [by('a-1', 'Deployment', 'a'), { identity: 'b', pod: 'b', owner: null }] } }, []],
  ['static Pods belong to their Nodes', { evidence: { knownHolders: [by('a-n1', 'Node', 'n1'), by('a-n2', 'Node', 'n2')] } }, []],
  ['the runs of one Job', { evidence: { knownHolders: [by('a-1', 'Job', 'a-1'), by('a-2', 'Job', 'a-2')] } }, []],
])

const inTurn = (a: number, b: number, count: number) => renewals(...Array.from({ length: count }, (_, index) => (index % 2 ? b : a)))
const TWICE = ['error identityUsedTwice']

table('one identity:', [
  ['whose acquisition goes back and forth', { writes: ['x', 'y', 'x'].map((_, n) => ({ afterMs: 2_000, spec: { acquireTime: at(NOW_MS + (n % 2)) } })) }, TWICE],
  ['that acquires anew is one', { writes: [0, 1, 2].map((n) => ({ afterMs: 2_000, spec: { acquireTime: at(NOW_MS + n) } })) }, []],
  ['whose duration goes back and forth', { writes: [15, 20, 15].map((leaseDurationSeconds) => ({ afterMs: 2_000, spec: { leaseDurationSeconds } })) }, TWICE],
  [
    'whose clock goes back and forth',
    { writes: [0, -2_900, 0, -2_900].map((renewTimeOffMs) => ({ afterMs: 1_000, renewTimeOffMs })) },
    TWICE,
  ],
  ['whose clock was set back once is one', { writes: [0, 0, -2_900, -2_900].map((renewTimeOffMs) => ({ afterMs: 1_000, renewTimeOffMs })) }, []],
  ['that renews at two times in turn', { writes: inTurn(400, 1_600, 10) }, ['warning identityUsedTwice']],
  ['that renews at equal times is one', { writes: inTurn(2_000, 2_020, 10) }, []],
  ['that renews at random times is one', { writes: renewals(400, 1_600, 900, 1_100, 300, 1_700, 1_200, 800, 600, 1_400) }, []],
  ['that renewed at two times only a few times says nothing', { writes: inTurn(400, 1_600, 6) }, []],
  ['that is the name of several Pods', { writes: renewals(2_000), evidence: { namesakePods: 2 } }, ['warning sharedIdentity']],
  ['that is the name of one Pod’s workload', { writes: renewals(2_000), evidence: { namesakePods: 1 } }, []],
])

const every = (ms: number) => renewals(ms, ms, ms, ms)

table('times:', [
  ...([[15, 2_000], [60, 5_000], [6, 1_000], [137, 26_000], [270, 60_000]] as const).map(
    ([leaseDurationSeconds, ms]): Case => [`${leaseDurationSeconds} s, renewed every ${ms} ms`, { spec: { leaseDurationSeconds }, writes: every(ms) }, []],
  ),
  ['no duration', { spec: { leaseDurationSeconds: null } }, ['error badDuration']],
  ['a negative duration', { spec: { leaseDurationSeconds: -5 } }, ['error badDuration']],
  ['an hour', { spec: { leaseDurationSeconds: 3600 } }, ['warning durationTooLong']],
  ['renewed every 8 s of 15', { writes: every(8_000) }, ['warning renewalIntervalTooLong']],
  ['renewed every 9.9 s of 11', { spec: { leaseDurationSeconds: 11 }, writes: every(9_900) }, ['error renewalIntervalTooLong', 'warning lateRenewals']],
  ['an API server that takes 3 s', { writes: every(2_000), around: { apiLatencyMs: 3_000 } }, ['warning durationTooShort']],
  ['an API server that takes 200 ms', { writes: every(2_000), around: { apiLatencyMs: 200 } }, []],
  ['no time of renewal', { spec: { renewTime: null } }, ['warning neverRenewed']],
  ['a time of renewal that is none', { spec: { renewTime: 'yesterday' } }, ['warning badTime']],
])

const off = (renewTimeOffMs: number) => [{ afterMs: 2_000, renewTimeOffMs }, { afterMs: 2_000, renewTimeOffMs }]

table('clocks:', [
  ["the holder's a minute behind", { writes: off(-60_000) }, ['warning holderClockDiffers']],
  ["the holder's a minute ahead", { writes: off(60_000) }, ['warning holderClockDiffers']],
  ['one second of difference', { writes: off(-1_000) }, []],
  ['one renewal that came late', { writes: [{ afterMs: 2_000, renewTimeOffMs: -6_000 }, ...renewals(2_000)] }, []],
  ['ours a minute behind', { writes: off(60_000), around: { aheadOfServerMs: -60_000 } }, ['warning localClockDiffers']],
  ['ours and the holder’s', { writes: off(60_000), around: { aheadOfServerMs: 60_000 } }, ['warning localClockDiffers', 'warning holderClockDiffers']],
])

const LONG_AGO = at(NOW_MS - 30 * DAY_MS)

table('what is left:', [
  ['a placeholder that expired', { spec: { holderIdentity: 'kubectl-leader-failover_1' }, thenMs: 15_000 }, ['error leftoverPlaceholder']],
  ['a placeholder', { spec: { holderIdentity: 'kubectl-leader-failover_1' } }, ['info failoverUnderWay']],
  ['a block for maintenance', { spec: { holderIdentity: 'kubectl-leader-block_1' } }, ['info blockUnderWay']],
  ['a mark that no record goes with', { metadata: { annotations: { 'leader.kubectl.dev/handover': 'n 2020-01-01T00:00:00Z' } } }, ['info leftoverAnnotation']],
  ['a mark that belongs to the record', { metadata: { annotations: { 'leader.kubectl.dev/handover': `n ${at(NOW_MS).replace('Z', '000Z')}` } } }, []],
  ['annotations of others', { metadata: { annotations: { 'example.com/x': 'y' } } }, []],
  ['a lease that was held a month ago', { spec: { renewTime: LONG_AGO }, evidence: { holder: ABSENT }, thenMs: 15_000 }, ['warning abandoned']],
  ['a lease that was held a month ago, by a Pod that runs', { spec: { renewTime: LONG_AGO }, evidence: { holder: heldByPod() }, thenMs: 15_000 }, ['error expired']],
  ['a lease that was released a month ago', { spec: { holderIdentity: '', renewTime: LONG_AGO } }, ['info abandoned']],
  ['a lease that was released yesterday', { spec: { holderIdentity: '', renewTime: at(NOW_MS - DAY_MS) } }, []],
  ['a lease that a clock of a month ago renews', { writes: off(-30 * DAY_MS) }, ['warning holderClockDiffers']],
  ['a multi-lock', { evidence: { otherHalf: 'configmap' } }, ['warning multiLock']],
])

const account = (get: boolean, update: boolean, create: boolean, mayRecordEvents = true) => ({
  evidence: { account: { serviceAccount: 'web', namespace: 'team-a', verbs: { get, update, create }, mayRecordEvents } },
})

table("the holder's service account:", [
  ['may do all', account(true, true, true), []],
  ['may not update', account(true, false, true), ['error accountMayNotRenew']],
  ['may not update, and yet it renews: with other credentials', { ...account(true, false, true, false), writes: renewals(2_000) }, []],
  ['may not get', account(false, true, true), ['error accountMayNotRenew']],
  ['may not create', account(true, true, false), ['warning accountMayNotRenew']],
  ['may not record Events', account(true, true, true, false), ['warning accountMayNotRecordEvents']],
])

describe('the user', () => {
  it('gets one finding for each resource and namespace', async () => {
    const { around } = await evidenceOf({})
    const missing = [
      ...['update', 'create'].map((verb) => ({ verb, resource: LEASES, place: { namespace: 'a' } })),
      { verb: 'update', resource: LEASES, place: { namespace: 'b' } },
      { verb: 'create', resource: EVENTS, place: {} },
    ]
    expect(examine([], around, { missing }).map(({ message, remedy }) => [message, commandLine(remedy.command)])).toEqual([
      ['You are not allowed to update, create leases.coordination.k8s.io in namespace a: failover, release and join will be refused.',
        'kubectl create role -n a kubectl-leader-user --verb=update,create --resource=leases.coordination.k8s.io'],
      ['You are not allowed to update leases.coordination.k8s.io in namespace b: failover, release and join will be refused.',
        'kubectl create role -n b kubectl-leader-user --verb=update --resource=leases.coordination.k8s.io'],
      ['You are not allowed to create events in all namespaces: your actions are not recorded as Events.',
        'kubectl create clusterrole kubectl-leader-user --verb=create --resource=events'],
    ])
  })
})

describe('enough is seen', () => {
  it.each<[string, Told, boolean]>([
    ['of a lease without a holder, immediately', { spec: { holderIdentity: '' } }, true],
    ['of a leader, not at once', {}, false],
    ['of a leader after four renewals', { writes: every(2_000) }, true],
    ['of a leader whose renewals alternate, not after four', { writes: inTurn(400, 1_600, 4) }, false],
    ['of a leader whose renewals alternate, after ten', { writes: inTurn(400, 1_600, 10) }, true],
    ['of a lease that expired', { thenMs: 15_000 }, true],
    ['of a lease that is late, not yet', { thenMs: 14_000 }, false],
    ['of a placeholder, when it has expired', { spec: { holderIdentity: 'kubectl-leader-failover_1' }, thenMs: 14_000 }, false],
  ])('%s', async (_what, told, isEnough) => {
    const { evidence } = await evidenceOf(told)
    expect(isSeenEnough(evidence.trail, evidence.observation, evidence.status)).toBe(isEnough)
  })
})

describe('a command', () => {
  it('keeps names that mean harm from the shell', async () => {
    const { evidence, around } = await evidenceOf({ metadata: { name: "x'; rm -rf ~ #" }, thenMs: 15_000 })
    const [expired] = examine([evidence], around, { missing: [] })
    expect(commandLine(expired!.remedy.command)).toBe("kubectl leader describe -n team-a 'x'\\''; rm -rf ~ #'")
  })
})

it('starts where the objects of these tables do', () => {
  expect(NOW_MS - CREATED_MS).toBe(31 * DAY_MS)
})
