import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCliSandbox, type CliSandbox } from '../support/cli-sandbox.ts'
import { lease, pod } from '../support/cluster-objects.ts'

let world: CliSandbox

beforeAll(async () => {
  world = await startCliSandbox()
  const { sandbox, secondsAgo } = world
  const node = (name: string, zone: string, unschedulable = false): unknown =>
    sandbox.plant('nodes', { metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } }, spec: { unschedulable }, status: { conditions: [{ type: 'Ready', status: 'True' }] } })
  node('node-b', 'zone-1')
  node('node-a', 'zone-2', true)
  const held = (name: string, holderIdentity: string): unknown =>
    sandbox.plant('leases.coordination.k8s.io', lease(name, { holderIdentity, leaseDurationSeconds: 15, renewTime: secondsAgo(1) }) as never)
  for (const [name, nodeName] of [['web-1', 'node-a'], ['web-2', 'node-b'], ['web-3', 'node-b']]) {
    sandbox.plant('pods', pod(name!, { replicaSet: 'web', nodeName: nodeName! }) as never)
  }
  held('web', 'web-1')
  held('laptop', 'my-laptop_1')
  held('free', '')
})

afterAll(() => world[Symbol.asyncDispose]())

describe('nodes', () => {
  it('shows leaders and possible standbys by zone and name', async () => {
    const { exitCode, stdout, stderr } = await world.cli(['nodes', '-o', 'wide'])
    expect(stdout.split('\n')).toEqual([
      'NODE     ZONE     STATUS            LEADERS   STANDBYS   LED HERE     STANDBY HERE',
      'node-b   zone-1   ready             0         1          <none>       team-a/web',
      'node-a   zone-2   ready, cordoned   1         0          team-a/web   <none>',
      '',
    ])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "The leader's node is not known for: team-a/laptop\n" })
  })

  it('shows the same to programs', async () => {
    const { stdout } = await world.cli(['nodes', '-o', 'json'])
    const web = { lock: 'lease', namespace: 'team-a', name: 'web' }
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'NodeLeadersList',
      elsewhere: [{ name: 'laptop' }],
      items: [
        { name: 'node-b', zone: 'zone-1', leaders: [], standbys: [web] },
        { name: 'node-a', isCordoned: true, leaders: [web], standbys: [] },
      ],
    })
  })
})

describe('nodes, if no node is known', () => {
  let bare: CliSandbox
  beforeAll(async () => {
    bare = await startCliSandbox()
  })
  afterAll(() => bare[Symbol.asyncDispose]())
  const hold = (name: string): unknown =>
    bare.sandbox.plant('leases.coordination.k8s.io', lease(name, { holderIdentity: 'laptop', leaseDurationSeconds: 15, renewTime: bare.secondsAgo(1) }) as never)

  it('says that there are no leaders', async () => {
    expect(await bare.cli(['nodes'])).toEqual({ exitCode: 0, stdout: '', stderr: 'No leaders found.\n' })
  })

  it('names a few elections in place of the table', async () => {
    for (let index = 0; index < 7; index++) hold(`m-${index}`)
    const stderr = "No leader's node is known. Elections: team-a/m-0, team-a/m-1, team-a/m-2, team-a/m-3, team-a/m-4, and 2 more\n"
    expect(await bare.cli(['nodes'])).toEqual({ exitCode: 0, stdout: '', stderr })
  })

  it('names a few below a table', async () => {
    bare.sandbox.plant('nodes', { metadata: { name: 'node-a' } })
    const { stdout, stderr } = await bare.cli(['nodes'])
    expect(stdout).toContain('node-a')
    expect(stderr).toBe("The leader's node is not known for: team-a/m-0, team-a/m-1, team-a/m-2, team-a/m-3, team-a/m-4, and 2 more\n")
  })
})

describe('failover of several elections', () => {
  it.each([
    [['failover', '--yes'], 'Name the elections to move, or select them with -l, --on-node or --in-zone. No changes were made.'],
    [['failover', 'a', '-l', 'b', '--yes'], 'Use either names or -l. No changes were made.'],
    [['failover', 'a', 'b', '--to', 'c', '--yes'], '--to works with one election only, named without -l, --on-node and --in-zone. No changes were made.'],
    [['failover', '--on-node', 'node-a', '--delete-pod', '--yes'], '--delete-pod works with one election only, named without -l, --on-node and --in-zone. No changes were made.'],
    [['failover', '--on-node', 'node-a', '--at-once', '0', '--yes'], '--at-once needs a whole number, 1 or more. No changes were made.'],
    [['failover', '--on-node', 'node-z', '--yes'], 'There is no node "node-z". No changes were made.'],
    [['failover', '--on-node', 'node-a'], 'failover needs your confirmation, but there is no terminal to ask on. Pass --yes to confirm, or --dry-run=client to see the plan. No changes were made.'],
  ])('%j is refused', async (args, message) => {
    expect(await world.cli(args)).toEqual({ exitCode: 2, stdout: '', stderr: `Error: ${message}\n` })
  })

  it('that selects no leader has nothing to move', async () => {
    const { exitCode, stdout } = await world.cli(['failover', '--on-node', 'node-b', '--yes'])
    expect({ exitCode, stdout: stdout.split('\n').slice(1, 2) }).toEqual({ exitCode: 0, stdout: ['No leaders on node node-b. Nothing to move.'] })
  })
})
