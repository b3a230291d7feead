import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCliSandbox, type CliSandbox } from '../support/cli-sandbox.ts'

/** Coordinated elections (KEP-4355): the API server picks the leader from LeaseCandidates. */
let world: CliSandbox
const show = async (args: string): Promise<string> => {
  const { exitCode, stdout, stderr } = await world.cli(args.split(' '))
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout
}

beforeAll(async () => {
  world = await startCliSandbox()
  const { sandbox, secondsAgo } = world
  const times = { acquireTime: secondsAgo(60), renewTime: secondsAgo(1) }
  const lease = (name: string, spec: object): unknown =>
    sandbox.plant('leases.coordination.k8s.io', { metadata: { name }, spec: { leaseDurationSeconds: 15, leaseTransitions: 1, ...times, ...spec } })
  const candidate = (name: string, leaseName: string, emulationVersion: string, more: object = {}): unknown =>
    sandbox.plant('leasecandidates.coordination.k8s.io', {
      metadata: { name },
      spec: { leaseName, binaryVersion: '1.36.0', emulationVersion, strategy: 'OldestEmulationVersion', renewTime: secondsAgo(30), ...more },
    })
  lease('web', { holderIdentity: 'web-a', strategy: 'OldestEmulationVersion', preferredHolder: 'web-b\u001b[2J' })
  lease('settled', { holderIdentity: 'settled-a', strategy: 'OldestEmulationVersion' })
  lease('plain', { holderIdentity: 'laptop' })
  candidate('web-a', 'web', '1.36.0')
  candidate('web-b\u001b[2J', 'web', '1.35.0')
  candidate('web-c', 'web', '1.34.0', { pingTime: secondsAgo(10) })
  candidate('another', 'other', '1.36.0')
})

afterAll(() => world[Symbol.asyncDispose]())

const row = (table: string, name: string): readonly string[] =>
  table.split('\n').find((line) => line.startsWith(`${name} `))!.trim().split(/ {2,}/)

describe('a coordinated election', () => {
  it('has its strategy and who ought to lead in list -o wide', async () => {
    const table = await show('list -o wide')
    expect(row(table, 'NAME').slice(-2)).toEqual(['STRATEGY', 'PREFERRED'])
    expect(row(table, 'web').slice(-2)).toEqual(['OldestEmulationVersion', 'web-b\\x1b[2J'])
    expect(row(table, 'settled').slice(-2)).toEqual(['OldestEmulationVersion', '<none>'])
    expect(row(table, 'plain').slice(-2)).toEqual(['<none>', '<none>'])
  })

  it('has no such columns where there is none', async () => {
    expect(await show('list plain -o wide')).not.toContain('STRATEGY')
  })

  it('is described with its candidates, and which of them holds and ought to hold it', async () => {
    const lines = (await show('describe web')).split('\n')
    expect(lines).toContain('Strategy:         OldestEmulationVersion (the API server chooses the leader)')
    expect(lines).toContain('Preferred Holder: web-b\\x1b[2J')
    const start = lines.indexOf('Candidates:')
    expect(lines.slice(start + 1, start + 6)).toEqual([
      '  LEADER      VERSION   EMULATES   PINGED            RENEWED   LAST LED    IDENTITY       KNOWN FROM',
      '  yes         1.36.0    1.36.0     <none>            30s       leads now   web-a          the lease',
      '  preferred   1.36.0    1.35.0     <none>            30s       -           web-b\\x1b[2J   LeaseCandidate',
      '  -           1.36.0    1.34.0     10s (no answer)   30s       -           web-c          LeaseCandidate',
      '  The API server would choose: web-b\\x1b[2J (the oldest emulation version)',
    ])
  })

  it('has candidates, and a choice, for programs', async () => {
    const list = JSON.parse(await show('candidates web -o json')) as { items: { identity: string }[] }
    expect(list).toMatchObject({
      ...{ apiVersion: 'leader.kubectl.dev/v1alpha1', kind: 'CandidateList', strategy: 'OldestEmulationVersion', preferredHolder: 'web-b\u001b[2J' },
      choice: { name: 'web-b\u001b[2J', by: 'emulationVersion' },
    })
    expect(list.items.map(({ identity }) => identity)).toEqual(['web-a', 'web-b\u001b[2J', 'web-c'])
    expect(list.items[1]).toMatchObject({ source: 'leaseCandidate', leaseCandidate: { emulationVersion: '1.35.0' } })
  })

  it.each(['list', 'describe'])('says so to programs, in %s', async (command) => {
    const web = JSON.parse(await show(`${command} web -o json`)) as object
    expect(web).toMatchObject({ strategy: 'OldestEmulationVersion', preferredHolder: 'web-b\u001b[2J', warnings: [] })
    expect(JSON.parse(await show(`${command} settled -o json`))).toMatchObject({ preferredHolder: null, warnings: [] })
    const plain = JSON.parse(await show(`${command} plain -o json`)) as object
    expect(plain).not.toHaveProperty('strategy')
    expect(plain).toMatchObject({ warnings: [{ code: 'holderNotFound' }] })
  })
})
