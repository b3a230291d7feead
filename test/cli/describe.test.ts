import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCliSandbox, type CliOptions, type CliResult, type CliSandbox } from '../support/cli-sandbox.ts'
import { lease, pod } from '../support/cluster-objects.ts'

const LEASES = 'leases.coordination.k8s.io'
const UUID = '105bfb92-3c68-4a29-ae9e-fc42f78982dd'

let world: CliSandbox
let tell: (args: string, options?: CliOptions) => Promise<CliResult>
const fresh = (holderIdentity: string, secondsAgo = 2) => ({
  holderIdentity,
  leaseDurationSeconds: 15,
  leaseTransitions: 3,
  renewTime: world.secondsAgo(secondsAgo),
  acquireTime: world.secondsAgo(600),
})

beforeAll(async () => {
  world = await startCliSandbox()
  const { sandbox, secondsAgo, cli } = world
  tell = (args, options) => cli(['describe', '-n', 'team-a', ...args.split(' ')], options)
  const created = { creationTimestamp: secondsAgo(7_200) }
  const plantLease = (name: string, spec: Record<string, unknown>, metadata: Record<string, unknown> = {}): unknown =>
    sandbox.plant(LEASES, lease(name, spec, { ...created, ...metadata }) as never)
  const plantPod = (name: string, options: Parameters<typeof pod>[1] = {}): unknown =>
    sandbox.plant('pods', pod(name, { creationTimestamp: secondsAgo(3_600), ...options }) as never)

  plantLease('web', fresh(`web-7d4b-abcde_${UUID}`), { labels: { app: 'web' }, annotations: { note: 'a\u001b[2Jb' } })
  for (const name of ['web-7d4b-abcde', 'web-7d4b-vwxyz']) {
    plantPod(name, { replicaSet: 'web-7d4b', nodeName: 'node-1', restarts: name.endsWith('z') ? 2 : 0 })
  }
  sandbox.plant('replicasets.apps', {
    metadata: {
      name: 'web-7d4b', namespace: 'team-a',
      ownerReferences: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', uid: 'u', controller: true }],
    },
  })
  sandbox.plant('nodes', { metadata: { name: 'node-1' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } })
  sandbox.plant('nodes', { metadata: { name: 'node-2' }, status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } })
  for (const [index, message] of ['first became leader', 'second\u202e became leader'].entries()) {
    sandbox.plant('events', {
      metadata: { name: `web.${index}`, namespace: 'team-a' },
      involvedObject: { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', namespace: 'team-a', name: 'web' },
      type: 'Normal', reason: 'LeaderElection', message, lastTimestamp: secondsAgo(100 - index * 40), count: index + 1,
    })
  }
  plantLease('gone', fresh('gone-7d4b-bcdfg'))
  plantLease('unready', fresh('unready-0', 40))
  plantPod('unready-0', { isReady: false, nodeName: 'node-2' })
  plantLease('leaving', fresh('leaving-0'))
  plantPod('leaving-0', { deletionTimestamp: secondsAgo(1) })
  plantLease('ended', fresh('ended-0'))
  plantPod('ended-0', { phase: 'Succeeded', isReady: false })
  plantLease('replaced', fresh('replaced-0'))
  plantPod('replaced-0', { creationTimestamp: secondsAgo(1) })
  plantLease('ahead', { ...fresh('laptop', -3_600), acquireTime: secondsAgo(-3_600) })
  plantLease('frozen', fresh('kubectl-leader-failover_1'))
  plantLease('broken', { holderIdentity: UUID, leaseDurationSeconds: -1 })
  plantLease('free', { ...fresh(''), leaseDurationSeconds: 1 })
  plantLease('coordinated', { ...fresh('candidate-1'), strategy: 'OldestEmulationVersion', preferredHolder: 'candidate-2' })
  sandbox.addUser({ name: 'reader', rules: [{ verbs: ['get'], apiGroups: ['coordination.k8s.io'], resources: ['leases'] }] })
})

afterAll(() => world[Symbol.asyncDispose]())

describe('describe', () => {
  it('prints everything that is known', async () => {
    const { exitCode, stdout, stderr } = await tell('web')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout.split('\n')).toEqual([
      'Name:             web',
      'Namespace:        team-a',
      'Lock:             lease',
      `Holder:           web-7d4b-abcde_${UUID}`,
      'State:            ~held',
      "                  (~ uses the holder's clock. To see actual renewals, run: kubectl leader watch web -n team-a)",
      `Renewed:          ~2s ago (${world.secondsAgo(2)})`,
      'Expires:          in ~13s',
      'Lease Duration:   15s',
      `Acquired:         ~10m ago (${world.secondsAgo(600)})`,
      'Transitions:      3',
      `Age:              120m (${world.secondsAgo(7_200)})`,
      'Labels:           app=web',
      'Annotations:      note=a\\x1b[2Jb',
      'Held By:',
      '  Pod:            team-a/web-7d4b-abcde (exact: the identity names the Pod)',
      '  Status:         Running, ready, started 60m ago, 0 restarts',
      '  Node:           node-1 (ready)',
      '  Owner:          Rollout/web > ReplicaSet/web-7d4b',
      'Candidates:',
      '  POD              STATUS           RESTARTS   AGE      NODE     LEADER   LAST LED    IDENTITY                                              KNOWN FROM',
      `  web-7d4b-abcde   Running, ready   0          60m      node-1   yes      leads now   web-7d4b-abcde_${UUID}   the lease`,
      '  web-7d4b-vwxyz   Running, ready   2          60m      node-1   -        -           not known until it has led                            -',
      '  <none>           <none>           <none>     <none>   <none>   -        60s ago     second\\u202e                                          Event (became leader), last seen 60s ago',
      '  <none>           <none>           <none>     <none>   <none>   -        100s ago    first                                                 Event (became leader), last seen 100s ago',
      'Warnings:         <none>',
      'Events:',
      '  AGE        TYPE     REASON           MESSAGE',
      '  60s (x2)   Normal   LeaderElection   second\\u202e became leader',
      '  100s       Normal   LeaderElection   first became leader',
      '',
    ])
  })

  it('says of a lease from the future when it was acquired, and renewed', async () => {
    const { stdout } = await tell('ahead')
    expect(stdout).toContain(`Renewed:          ~in 60m (${world.secondsAgo(-3_600)})`)
    expect(stdout).toContain(`Acquired:         ~in 60m (${world.secondsAgo(-3_600)})`)
  })

  it.each([
    ['gone', ['holderPodGone']],
    ['ahead', ['clockSkew', 'holderNotFound']],
    ['unready', ['expired', 'holderPodNotReady', 'holderNodeNotReady']],
    ['leaving', ['holderPodTerminating']],
    ['ended', ['holderPodEnded']],
    ['replaced', ['holderPodReplaced']],
    ['frozen', ['placeholder']],
    ['broken', ['badDuration', 'neverRenewed']],
    ['free', []],
    ['web', []],
  ])('warns of what is wrong with "%s"', async (name, codes) => {
    const { warnings } = JSON.parse((await tell(`${name} -o json`)).stdout) as { warnings: { code: string }[] }
    expect(warnings.map(({ code }) => code)).toEqual(codes)
    const { stdout } = await tell(name)
    for (const code of codes) expect(stdout).toContain(`  ${code}: `)
  })

  it('prints an Election with -o json, with what is known about the holder', async () => {
    const election = JSON.parse((await tell('lease/web -o json')).stdout)
    expect(election).toMatchObject({
      apiVersion: 'leader.kubectl.dev/v1alpha1', kind: 'Election', name: 'web', state: 'held', basis: 'recorded',
      holder: { kind: 'Pod', name: 'web-7d4b-abcde', node: 'node-1', confidence: 'exact', owner: { kind: 'Rollout', name: 'web' } },
    })
  })

  it('prints no holder if there is none', async () => {
    const { stdout } = await tell('free')
    expect(stdout).toContain('State:            released\n')
    expect(stdout).not.toContain('Held By')
    expect(stdout).not.toContain('~ uses')
    expect(JSON.parse((await tell('free -o json')).stdout)).toMatchObject({ holderIdentity: '', holder: null })
  })

  it('shows who picks the leader of a coordinated election', async () => {
    const { stdout } = await tell('coordinated')
    expect(stdout).toContain('Strategy:         OldestEmulationVersion (the API server chooses the leader)\n')
    expect(stdout).toContain('Preferred Holder: candidate-2\n')
  })

  it('shows the lease alone where nothing else may be read, and says so', async () => {
    const { exitCode, stdout } = await tell('web', { kubeconfig: { user: 'reader' } })
    expect(exitCode).toBe(0)
    expect(stdout).toContain('  unknown (the Pods in its namespace cannot be read)\n')
    expect(stdout).toMatch(/^Could Not Check:\n( {2}.+\n){2,}$/m)
  })

  it('colors the state on a terminal', async () => {
    expect((await tell('web --color always')).stdout).toContain('State:            \u001b[32m~held\u001b[0m\n')
    expect((await tell('web')).stdout).not.toContain('\u001b')
  })

  it.each([['nope', 'lease "nope"'], ['cm/nope', 'configmap "nope"']])('ends with code 3 where there is no %s', async (name, what) => {
    const { exitCode, stdout, stderr } = await tell(name)
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' })
    expect(stderr).toBe(`Error: There is no ${what} in namespace "team-a". To list all elections, run: kubectl leader list -A\n`)
  })

  it.each([['a name that can be none', 'Web'], ['no single name', 'a b'], ['an output that is none', 'web -o wide']])(
    'refuses %s',
    async (_what, args) => {
      expect((await tell(args)).exitCode).toBe(2)
    },
  )
})
