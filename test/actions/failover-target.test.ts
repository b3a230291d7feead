import { describe, expect, it } from 'vitest'
import { candidatesOf } from '../../shared/candidates/candidates-of.ts'
import { findTarget, identityOf } from '../../shared/actions/failover/target.ts'
import type { ElectionDetails } from '../../shared/cluster/elections/election-details.ts'
import { podFacts, type PodFacts } from '../../shared/cluster/holders/pods.ts'
import { pod, type PodOptions } from '../support/cluster-objects.ts'
import type { Advised } from '../../shared/remedy.ts'
import { phrase } from '../../shared/phrase.ts'
import { gapOf } from '../../shared/remedy.ts'

/** To whom leadership may be handed over: who is known to be a candidate, and what is said to everybody else. */
const UUID = '3f1e5d6c-6a1b-4c9e-9d55-0a1b2c3d4e5f'
const OTHER_UUID = '9b1c7c52-55aa-4a0c-8f0e-ddeeff001122'
const OWNER = { kind: 'StatefulSet', name: 'web' }

const podOf = (name: string, options: PodOptions = {}): PodFacts => podFacts(pod(name, options))
const event = (identity: string, reason = 'LeaderElection', lastTime = '2026-01-01T00:01:00Z'): object => ({ reason, message: `${identity} became leader`, lastTime })

interface Surroundings {
  readonly holderIdentity?: string
  readonly siblings?: readonly PodFacts[]
  readonly notices?: readonly object[]
  readonly leaseCandidates?: readonly object[]
  readonly gaps?: readonly Advised[]
  readonly noticesGap?: Advised
  /** What is known of the leader's Pod. */
  readonly holder?: object | null
}

const WEB_0 = podOf('web-0', { uid: UUID })
const WEB_1 = podOf('web-1', { uid: OTHER_UUID, runningSince: '2026-01-01T00:00:00Z' })
const HOLDER = { confidence: 'exact', owner: OWNER, pod: WEB_0 }

function details(around: Surroundings = {}): ElectionDetails {
  const { holderIdentity = `web-0_${OTHER_UUID}`, siblings = [WEB_0, WEB_1], notices = [], leaseCandidates = [], gaps = [], noticesGap = null, holder = HOLDER } = around
  const election = { lock: 'lease', name: 'web', namespace: 'team-a', record: { holderIdentity } }
  const podOf = (identity: string): PodFacts | null => siblings.find(({ name }) => identity === name || identity.startsWith(`${name}_`)) ?? null
  return { election, holder, siblings, notices, leaseCandidates, gaps, noticesGap, podOf, nodes: new Map() } as unknown as ElectionDetails
}

const known = (around: Surroundings): readonly string[] =>
  candidatesOf(details(around)).flatMap(({ identity, isLeader }) => (identity === null || isLeader ? [] : identity))

describe('a candidate is known', () => {
  it.each<[string, Surroundings, readonly string[]]>([
    ["by a Pod of the leader's owner, if identities are names of Pods", { holderIdentity: 'web-0' }, ['web-1']],
    ['with its namespace', { holderIdentity: 'team-a/web-0' }, ['team-a/web-1']],
    ['with its uid', { holderIdentity: `web-0/${UUID}` }, [`web-1/${OTHER_UUID}`]],
    ['with the name of the election', { holderIdentity: 'web-0-external-web' }, ['web-1-external-web']],
    ['by an Event that says that it became the leader', { notices: [event(`web-1_${UUID}`)] }, [`web-1_${UUID}`]],
    ["by such an Event, if the leader's Pod is not known", { holder: null, siblings: [], notices: [event('laptop_1')] }, ['laptop_1']],
    ['by a LeaseCandidate', { leaseCandidates: [{ name: 'web-1-candidate' }] }, ['web-1-candidate']],
  ])('%s', (_by, around, identities) => expect(known(around)).toEqual(identities))
})

describe('no candidate is known', () => {
  it.each<[string, Surroundings]>([
    ['by a Pod, if each process generates its identity', {}],
    ["by a Pod, if the leader's Pod is only inferred", { holderIdentity: 'web-0', holder: { ...HOLDER, confidence: 'derived' } }],
    ['by a Pod that is being deleted', { holderIdentity: 'web-0', siblings: [WEB_0, podOf('web-1', { deletionTimestamp: '2026-01-01T00:00:00Z' })] }],
    ['by a Pod that has ended', { holderIdentity: 'web-0', siblings: [WEB_0, podOf('web-1', { phase: 'Failed' })] }],
    ['by an Event of another kind', { notices: [event(`web-1_${UUID}`, 'LeaderFailover')] }],
    ["by an Event of a candidate whose Pod is gone", { notices: [event(`web-7_${UUID}`)] }],
    ['by the leader itself', { holderIdentity: 'web-0', siblings: [WEB_0], notices: [event('web-0')] }],
  ])('%s', (_by, around) => expect(known(around)).toEqual([]))
})

describe('to hand over to', () => {
  const check = (to: string, around: Surroundings = {}): void => {
    const all = details(around)
    identityOf(findTarget(to, candidatesOf(all), all), all)
  }

  it('a known candidate is in order', () => expect(() => check('web-1', { holderIdentity: 'web-0' })).not.toThrow())

  it.each([
    ['nobody', true],
    ['pod/web-9', false],
  ])('%s is not known: the candidates can be listed', (to, canOverride) => {
    const command = { program: 'kubectl leader', verb: 'candidates', namespace: 'team-a', operands: ['web'], options: {} }
    expect(() => check(to)).toThrow(expect.objectContaining({ remedy: { kind: 'chooseCandidate', command, canOverride } }) as Error)
  })

  it.each(['web-1', 'pod/web-1', 'pods/web-1', `web-1_${UUID}`])('%s is the candidate whose identity an Event tells', (to) => {
    const all = details({ notices: [event(`web-1_${UUID}`)] })
    expect(identityOf(findTarget(to, candidatesOf(all), all), all)).toBe(`web-1_${UUID}`)
  })

  it.each<[string, string, Surroundings, string, RegExp]>([
    ['an identity that nothing confirms', 'nobody', {}, 'unknownTarget', /^No Pod, LeaseCandidate or Event confirms that there is a candidate with the identity "nobody"\.$/],
    ['the name of a Pod, whose candidate is not known', 'web-1', {}, 'unknownTarget', /^The holder identity of the candidate in the Pod web-1 is not known/],
    ['the name of such a Pod, if Events cannot be read', 'web-1', { noticesGap: gapOf(phrase`Cannot read ${'Events'}`, new Error('forbidden')) }, 'unknownTarget', /if they may create Events\. Cannot read Events: forbidden$/],
    ['a Pod that was restarted since its Event', 'pod/web-1', { notices: [event(`web-1_${UUID}`, 'LeaderElection', '2025-12-31T23:59:59Z')] }, 'unknownTarget', /has started or stopped since the Event/],
    ['a Pod that does not exist', 'pod/web-9', {}, 'unknownTarget', /^No Pod, LeaseCandidate or Event confirms that there is a candidate in the Pod "web-9"/],
    ['the name of a Pod that is known by two identities', 'web-1', { notices: [event(`web-1_${UUID}`), event(`web-1_${OTHER_UUID}`)] }, 'unknownTarget', /^web-1 matches 2 candidates: /],
    ["the name of the current leader's Pod", 'web-0', {}, 'sameHolder', /^web-0 is already the current leader, with the identity web-0_.*\.$/],
    ['an unknown identity, if others are known', 'web-9', { holderIdentity: 'web-0' }, 'unknownTarget', /Known candidates: web-1\.$/],
    ['an unknown identity, if Events cannot be read', 'web-9', { gaps: [gapOf(phrase`Cannot read ${'Events'}`, new Error('forbidden'))] }, 'unknownTarget', /Cannot read Events: forbidden$/],
    ['an earlier identity of a Pod that was restarted', `web-1_${UUID}`, { notices: [event(`web-1_${OTHER_UUID}`)] }, 'unknownTarget', /Known candidates: web-1_/],
  ])('%s is refused', (_what, to, around, kind, words) => {
    const refusal = expect.objectContaining({ name: 'FailoverRefused', kind, message: expect.stringMatching(words) as string }) as Error
    expect(() => check(to, around)).toThrow(refusal)
  })
})
