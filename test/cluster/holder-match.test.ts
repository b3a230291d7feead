import { describe, expect, it } from 'vitest'
import { HolderMatcher } from '../../shared/cluster/holders/holder-match.ts'
import { podFacts } from '../../shared/cluster/holders/pods.ts'
import { electionFromLease } from '../../shared/lease/election.ts'
import { lease, pod, type PodOptions } from '../support/cluster-objects.ts'

const UUID = '105bfb92-3c68-4a29-ae9e-fc42f78982dd'

interface Case {
  readonly what: string
  readonly holder: string
  readonly name?: string
  readonly pods?: readonly (readonly [name: string, options?: PodOptions])[]
  readonly nodes?: readonly string[]
  readonly times?: { readonly acquireTime?: string; readonly renewTime?: string }
  /** `confidence kind [namespace/]name`. */
  readonly expected: string
}

function found({ holder, name = 'web', pods = [], nodes = [], times = {} }: Case): string {
  const matcher = new HolderMatcher({
    pods: pods.map(([podName, options]) => podFacts(pod(podName, options))),
    nodes: new Set(nodes),
  })
  const match = matcher.match(electionFromLease(lease(name, { holderIdentity: holder, ...times })))
  if (!match) return 'nobody'
  const place = match.namespace === null ? '' : `${match.namespace}/`
  return [match.confidence, match.kind, match.name === null ? '' : place + match.name].join(' ').trim()
}

const cases: readonly Case[] = [
  { what: 'nobody', holder: '', expected: 'nobody' },
  { what: "a Pod's name", holder: 'web-0', pods: [['web-0']], expected: 'exact Pod team-a/web-0' },
  { what: "a Pod's name and a UUID", holder: `web-0_${UUID}`, pods: [['web-0']], expected: 'exact Pod team-a/web-0' },
  { what: 'a Pod by its UID', holder: `web-0/${UUID}`, pods: [['web-0', { uid: UUID }]], expected: 'exact Pod team-a/web-0' },
  { what: 'another Pod of that name, by the UID', holder: `web-0/${UUID}`, pods: [['web-0']], expected: 'none Unknown' },
  { what: 'a Pod and a word', holder: 'web-abcde-QwErTyUiOp', pods: [['web-abcde']], expected: 'derived Pod team-a/web-abcde' },
  { what: 'a namespace and a Pod', holder: 'b/web-0', pods: [['web-0', { namespace: 'b' }], ['web-0']], expected: 'exact Pod b/web-0' },
  { what: 'a Pod of another namespace', holder: 'web-0', pods: [['web-0', { namespace: 'b' }]], expected: 'derived Pod b/web-0' },
  {
    what: 'Pods of two other namespaces',
    holder: 'web-0',
    pods: [['web-0', { namespace: 'b' }], ['web-0', { namespace: 'c' }]],
    expected: 'none Unknown',
  },
  { what: 'a Pod that is gone', holder: 'web-abcde_x', pods: [['web-vwxyz']], expected: 'none Unknown' },
  { what: 'a Pod whose name only begins so', holder: 'web', pods: [['web-0']], expected: 'none Unknown' },
  { what: 'a host name of its own', holder: `db_${UUID}`, pods: [['web-0', { hostname: 'db' }]], expected: 'derived Pod team-a/web-0' },
  {
    what: 'a name that is too long for a host name',
    holder: `${'w'.repeat(63)}_${UUID}`,
    pods: [[`${'w'.repeat(63)}-7d4b9c6f5-abcde`]],
    expected: `derived Pod team-a/${'w'.repeat(63)}-7d4b9c6f5-abcde`,
  },
  {
    what: 'a static Pod by its Node',
    holder: `node-1_${UUID}`,
    name: 'kube-scheduler',
    pods: [
      ['kube-scheduler-node-1', { nodeName: 'node-1', hostNetwork: true }],
      ['kube-proxy-x', { nodeName: 'node-1', hostNetwork: true }],
      ['kube-scheduler-node-2', { nodeName: 'node-2', hostNetwork: true }],
    ],
    expected: 'derived Pod team-a/kube-scheduler-node-1',
  },
  {
    what: 'two Pods on that Node that it could be',
    holder: `node-1_${UUID}`,
    pods: [['web-a', { nodeName: 'node-1', hostNetwork: true }], ['web-b', { nodeName: 'node-1', hostNetwork: true }]],
    expected: 'derived Node node-1',
  },
  {
    what: "a Pod on that Node with a host name of its own",
    holder: `node-1_${UUID}`,
    pods: [['web-a', { nodeName: 'node-1' }]],
    expected: 'derived Node node-1',
  },
  { what: 'a Node without Pods', holder: 'node-1', nodes: ['node-1'], expected: 'derived Node node-1' },
  { what: 'a bare UUID', holder: UUID, pods: [['web-0']], expected: 'none Unknown' },
  { what: 'an escape sequence', holder: '\u001b[31m', pods: [['web-0']], expected: 'none Unknown' },
  {
    what: 'a Pod created after the last renewal',
    holder: 'web-0',
    pods: [['web-0', { creationTimestamp: '2026-01-01T10:00:00Z' }]],
    times: { renewTime: '2026-01-01T09:59:59.000000Z' },
    expected: 'derived Pod team-a/web-0',
  },
  {
    what: 'a Pod created after its name acquired it, and renewing',
    holder: 'web-0',
    pods: [['web-0', { creationTimestamp: '2026-01-01T10:00:00Z' }]],
    times: { acquireTime: '2026-01-01T08:00:00.000000Z', renewTime: '2026-01-01T11:00:00.000000Z' },
    expected: 'exact Pod team-a/web-0',
  },
  {
    what: 'a Pod created after another process of its name acquired it',
    holder: `web-0_${UUID}`,
    pods: [['web-0', { creationTimestamp: '2026-01-01T10:00:00Z' }]],
    times: { acquireTime: '2026-01-01T08:00:00.000000Z', renewTime: '2026-01-01T11:00:00.000000Z' },
    expected: 'derived Pod team-a/web-0',
  },
]

describe('whose a holder identity is', () => {
  it.each(cases)('$what', (each) => {
    expect(found(each)).toBe(each.expected)
  })

  it('says of a kubelet that it is the Node, exactly where the Node is known', () => {
    const heartbeat = electionFromLease(lease('node-1', { holderIdentity: 'node-1' }, { namespace: 'kube-node-lease' }))
    expect(new HolderMatcher({ pods: [], nodes: new Set(['node-1']) }).match(heartbeat)).toMatchObject({
      kind: 'Node', name: 'node-1', node: 'node-1', confidence: 'exact',
    })
    expect(new HolderMatcher({ pods: [], nodes: new Set() }).match(heartbeat)).toMatchObject({ kind: 'Node', confidence: 'derived' })
  })

  it('says of an API server which one, and on which machine', () => {
    const name = 'apiserver-zyxwvutsrqponmlkjihgfedcba'
    const identity = electionFromLease(
      lease(name, { holderIdentity: `${name}_${UUID}` }, {
        namespace: 'kube-system',
        labels: { 'apiserver.kubernetes.io/identity': 'kube-apiserver', 'kubernetes.io/hostname': 'node-1' },
      }),
    )
    expect(new HolderMatcher({ pods: [], nodes: new Set() }).match(identity)).toMatchObject({
      kind: 'APIServer', name, node: 'node-1', confidence: 'exact',
    })
  })

  it('names the Deployment rather than its ReplicaSet', () => {
    const owned = podFacts(pod('web-7d4b9c6f5-abcde', { replicaSet: 'web-7d4b9c6f5', hash: '7d4b9c6f5' }))
    const bare = podFacts(pod('web-abcde', { replicaSet: 'web' }))
    const matcher = new HolderMatcher({ pods: [owned, bare], nodes: new Set() })
    const ownerOf = (holderIdentity: string) => matcher.match(electionFromLease(lease('x', { holderIdentity })))?.owner
    expect(ownerOf(owned.name)).toEqual({ kind: 'Deployment', name: 'web' })
    expect(ownerOf(bare.name)).toEqual({ kind: 'ReplicaSet', name: 'web' })
  })
})
