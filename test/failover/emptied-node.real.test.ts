import { describe, expect, it } from 'vitest'
import { BUILT_CLI, runBuilt, startBuilt } from '../support/built-cli.ts'
import { reporting, Terminal } from '../support/terminal.ts'
import type { NodeCluster, PodPlan } from './node-cluster.ts'
import { useNodeServer } from './node-server.ts'

/** Nodes are emptied of leaders, on a real API server, among candidates of client-go and of this project. */
const TIMINGS = { leaseDuration: 6, renewDeadline: 4, retryPeriod: 1 }
const NODES = { 'node-a': 'zone-1', 'node-b': 'zone-1', 'node-c': 'zone-2' }

const real = useNodeServer(TIMINGS)

const cluster = (...plans: readonly PodPlan[]): Promise<NodeCluster> =>
  real.cluster(NODES, plans)

const pod = (name: string, node: string, elections: readonly string[], more: Partial<PodPlan> = {}): PodPlan => ({ name, node: `node-${node}`, elections, ...more })

interface Line {
  readonly type: string
  readonly name?: string
  readonly outcome?: string
  readonly to?: string
  readonly moves?: readonly { readonly elections: readonly { readonly name: string; readonly from: string }[] }[]
  readonly left?: readonly { readonly place: { readonly name: string }; readonly kind: string }[]
}

async function empty(...args: readonly string[]): Promise<{ readonly code: number | null; readonly lines: readonly Line[]; readonly stderr: string }> {
  const { code, stdout, stderr } = await runBuilt(['failover', ...args, '--yes', '-o', 'json'], { KUBECONFIG: real.server.kubeconfig })
  return { code, stderr, lines: linesOf(stdout) }
}

const linesOf = (stdout: string): readonly Line[] => stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Line)

/** Whether each verdict is what the journals of the candidates say. */
function expectTrue(world: NodeCluster, lines: readonly Line[]): void {
  for (const { name, outcome, to } of lines.filter(({ type }) => type === 'verdict')) {
    const leader = world.leaderOf(name!)
    if (outcome === 'moved') expect.soft({ name, to: leader?.identity, on: leader?.plan.node }).toMatchObject({ name, to })
    else expect.soft([name, outcome]).toEqual([name, expect.stringMatching(/^(returned|not-emptied|aborted|not-started)$/)])
  }
}

describe('failover --on-node', () => {
  it('empties two nodes one after the other, and then changes nothing', async () => {
    const single = Array.from({ length: 16 }, (_, index) => `app-${index}`)
    await using world = await cluster(
      // Their leaders are wherever the first candidate was; two of three are of client-go.
      ...single.flatMap((name, index) => ['a', 'b', 'c'].map((node) => pod(`${name}-${node}`, node, [name], index % 8 === 0 ? { kind: 'ours' } : {}))),
      ...['a', 'b', 'c'].map((node) => pod(`twin-${node}`, node, ['twin-one', 'twin-two'])),
      pod('stuck-x', 'a', ['stuck']),
      pod('stuck-y', 'a', ['stuck']),
      ...['a', 'b', 'c'].map((node) => pod(`steady-node-${node}`, node, ['steady'], { isStatic: true })),
    )
    const onA = world.ledOn('node-a')
    const first = await empty('--on-node', 'node-a', '--at-once', '8')
    await world.settle()
    const plan = first.lines[0]!
    const planned = plan.moves!.flatMap(({ elections }) => elections.map(({ name }) => name))
    expect([...planned, ...plan.left!.map(({ place }) => place.name)].toSorted()).toEqual(onA.toSorted())
    expect(plan.left).toMatchObject([{ place: { name: 'stuck' }, kind: 'noneElsewhere' }])
    expectTrue(world, first.lines)
    expect(first.stderr).toBe('')
    expect(first.code).toBe(1)

    const again = await empty('--on-node', 'node-a')
    const stayed = world.ledOn('node-a')
    const notEmptied = first.lines.filter(({ type, outcome }) => type === 'verdict' && outcome !== 'moved')
    expect(again.code).toBe(1)
    if (notEmptied.length === 0) {
      expect(stayed).toEqual(['stuck'])
      expect(again.lines[0]).toMatchObject({ moves: [], left: [{ place: { name: 'stuck' } }] })
    }

    const second = await empty('--on-node', 'node-b', '--at-once', '8')
    await world.settle()
    expectTrue(world, second.lines)
    const moved = second.lines.filter(({ type, outcome }) => type === 'verdict' && outcome === 'moved')
    for (const { name } of moved) expect.soft([name, world.leaderOf(name!)?.plan.node]).toEqual([name, 'node-c'])
    expect(world.overlaps).toEqual({})
  })

  describe.each(['SIGINT', 'SIGKILL'] as const)('ended by %s', (signal) => {
    it('at any step leaves each election to go on by itself, and another run to empty the node', { timeout: 400_000 }, async () => {
      const cases = STEPS.map((step) => ({ step, names: ['x', 'y', 'z'].map((letter) => `${step}-${letter}`), node: `${step}-a` }))
      await using world = await real.cluster(
        Object.fromEntries(STEPS.flatMap((step) => ['a', 'b'].map((letter) => [`${step}-${letter}`, 'zone-1']))),
        // Those that start first lead.
        ['a', 'b'].flatMap((letter) => cases.flatMap(({ step, names }) => names.map((name) => ({ name: `${name}-${letter}`, node: `${step}-${letter}`, elections: [name] })))),
      )
      const queue = [...cases]
      const work = async (): Promise<void> => {
        for (let each = queue.shift(); each; each = queue.shift()) {
          for (const name of each.names) await world.leadFrom(name, `${name}-a`)
          await endAt(world, each, signal)
          await world.settle(each.names)
          await emptyTwice(world, each)
        }
      }
      await Promise.all(Array.from({ length: 3 }, work))
      expect(world.overlaps).toEqual({})
    })
  })
})

/** `acquired`: a new leader leads, by its own journal, while others are still being moved. `verdict`: one of several moves has ended. */
const STEPS = ['plan', 'question', 'blocked', 'leader-stopped', 'released', 'acquired', 'verdict'] as const

interface Case {
  readonly step: (typeof STEPS)[number]
  readonly names: readonly string[]
  /** On which all of them are led. */
  readonly node: string
}

const termsOf = (world: NodeCluster, { names }: Case): number => names.reduce((sum, name) => sum + world.termsOf(name).length, 0)

/** Begins to empty the node, at most two moves at once, and ends this at the step. */
async function endAt(world: NodeCluster, each: Case, signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
  const { step, names, node } = each
  const args = ['failover', '--on-node', node, '--at-once', '2']
  const before = termsOf(world, each)
  if (step === 'question') {
    const terminal = await Terminal.open(reporting([process.execPath, BUILT_CLI, ...args]), { columns: 200, rows: 50, env: { KUBECONFIG: real.server.kubeconfig } })
    try {
      await terminal.shows('Move these 3 leaders? [y/N]')
      if (signal === 'SIGINT') await terminal.press('C-c')
      else await terminal.kill(signal)
      await terminal.shows(`Exit code: ${signal === 'SIGINT' ? 130 : 137}`)
    } finally {
      await terminal.close()
    }
    expect.soft([step, termsOf(world, each)]).toEqual([step, before])
    return
  }
  const running = startBuilt([...args, '--yes', '-o', 'json'], { KUBECONFIG: real.server.kubeconfig })
  if (step === 'acquired') await world.until('a new leader leads', () => termsOf(world, each) > before)
  else await running.printed(`"type":"${step}"`)
  running.kill(signal)
  const { code, signal: endedBy, stdout } = await running.finished
  expect.soft([step, code, endedBy]).toEqual(signal === 'SIGINT' ? [step, 130, null] : [step, null, 'SIGKILL'])
  if (signal === 'SIGKILL') return
  await world.settle(names)
  const lines = linesOf(stdout)
  const blocked = lines.filter(({ type }) => type === 'blocked').map(({ name }) => name)
  if (step !== 'acquired' && step !== 'verdict') expect.soft(blocked.length, step).toBeLessThanOrEqual(2)
  const result = lines.at(-1) as Line & { readonly verdicts: readonly Line[] }
  expect.soft(result.verdicts.map(({ name }) => name).toSorted(), step).toEqual(names)
  for (const { name, outcome } of result.verdicts) {
    if (outcome === 'not-started') expect.soft(blocked, `${step} ${name}`).not.toContain(name)
  }
}

/** Empties the node, with as many runs as that takes, and then once more, which changes nothing. */
async function emptyTwice(world: NodeCluster, each: Case): Promise<void> {
  const { step, names, node } = each
  while (world.ledOn(node).length > 0) {
    const { code, lines } = await empty('--on-node', node)
    await world.settle(names)
    expectTrue(world, lines)
    expect([0, 1], step).toContain(code)
  }
  const before = termsOf(world, each)
  expect.soft(await empty('--on-node', node), step).toMatchObject({ code: 0, stderr: '', lines: [{ type: 'plan', moves: [], left: [] }, { type: 'result' }] })
  expect.soft([step, termsOf(world, each)]).toEqual([step, before])
}
