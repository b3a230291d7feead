import { describe, expect, it } from 'vitest'
import { holderReadings, type HolderReading } from '../../shared/lease/holder.ts'

const UUID = '105bfb92-3c68-4a29-ae9e-fc42f78982dd'

/** `namespace/name#uid`, with `!` where the name's end is marked and `*` where the identity is one process's. */
function short(reading: HolderReading): string {
  const { namespace, name, uid, isDelimited, isPerProcess } = reading
  return `${namespace ? `${namespace}/` : ''}${name}${uid ? `#${uid}` : ''}${isDelimited ? '!' : ''}${isPerProcess ? '*' : ''}`
}

const cases: readonly (readonly [what: string, identity: string, electionName: string, first: readonly string[]])[] = [
  ["a Pod's name", 'ingress-nginx-7d4b9c6f5-abcde', 'ingress-nginx-leader', ['ingress-nginx-7d4b9c6f5-abcde!']],
  ['client-go and controller-runtime', `web-7d4b9c6f5-abcde_${UUID}`, 'web', ['web-7d4b9c6f5-abcde!*']],
  ['the control plane, by its node', `node-1_${UUID}`, 'kube-scheduler', ['node-1!*']],
  ['an API server', `apiserver-abcdefghijklmnopqrstuvwxyz_${UUID}`, 'x', ['apiserver-abcdefghijklmnopqrstuvwxyz!*']],
  ['Knative, with an IP address', 'autoscaler-5f6d_10.0.0.1', 'x', ['autoscaler-5f6d!', '10.0.0.1']],
  ['Cilium, with a random word', 'cilium-op-6bf-xyz12-QwErTyUiOp', 'x', ['cilium-op-6bf-xyz12-qwertyuiop', 'cilium-op-6bf-xyz12']],
  [
    'cert-manager, with its lease',
    'cm-7d-abcde-external-cert-manager-controller',
    'cert-manager-controller',
    ['cm-7d-abcde-external-cert-manager-controller!', 'cm-7d-abcde!'],
  ],
  ['external- with another name', 'cm-7d-abcde-external-other', 'x', ['cm-7d-abcde-external-other!', 'cm-7d-abcde']],
  ["the lease's name appended", 'pod-0-my-leader', 'my-leader', ['pod-0-my-leader!', 'pod-0']],
  ['a Pod and its UID', `pod-0/${UUID}`, 'x', [`pod-0#${UUID}!*`]],
  ['a namespace and a Pod', 'team-a/pod-0', 'x', ['team-a/pod-0!']],
  ['a namespace, a Pod and a UUID', `team-a/pod-0_${UUID}`, 'x', ['team-a/pod-0!*']],
  ['a namespace, a Pod and its UID', `team-a/pod-0/${UUID}`, 'x', [`team-a/pod-0#${UUID}!*`]],
  ['a DNS name in a namespace', 'pod-0.team-a.svc', 'x', ['pod-0.team-a.svc!', 'team-a/pod-0!']],
  ['a DNS name with a subdomain', 'p-0.p.a.svc.cluster.local', 'x', ['p-0.p.a.svc.cluster.local!', 'a/p-0!']],
  ['a UUID after a dash', `pod-0-${UUID}`, 'x', [`pod-0-${UUID}!`, 'pod-0*']],
  ['a host and a port', 'pod-0:8080', 'x', ['pod-0!', '8080']],
  ['a laptop, in capitals', `Annas-Mac.local_${UUID}`, 'x', ['annas-mac.local*']],
  ["a node's long name", 'ip-10-0-0-1.ec2.internal', 'x', ['ip-10-0-0-1.ec2.internal!', 'ip-10-0-0-1']],
]

describe('what a holder identity may mean', () => {
  it.each(cases)('%s: %s', (_what, identity, electionName, first) => {
    expect(holderReadings(identity, electionName).map(short).slice(0, first.length)).toEqual(first)
  })

  it.each([
    ['nothing', ''],
    ['a bare UUID', UUID],
    ['a UUID without dashes', UUID.replaceAll('-', '')],
    ['no name at all', '\u001b['],
    ['only separators', '___///'],
    ['10 KB', 'a'.repeat(10_240)],
    ['one that is too long for a name', 'a'.repeat(300)],
  ])('reads nothing in %s', (_what, identity) => {
    expect(holderReadings(identity)).toEqual([])
  })

  it('does not shorten a name whose end is marked otherwise', () => {
    expect(holderReadings(`web-0_${UUID}`).map(short)).toEqual(['web-0!*'])
  })

  it('gives no reading twice', () => {
    const readings = holderReadings('a-a_a-a_a').map(short)
    expect(new Set(readings).size).toBe(readings.length)
  })
})
