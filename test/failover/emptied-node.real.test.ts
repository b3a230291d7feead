import { describe, expect, it } from 'vitest'
import { runBuilt, startBuilt } from '../support/built-cli.ts'
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

  it('interrupted at any step undoes what it can, and begins nothing more', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `held-${index}`)
    await using world = await cluster(...names.flatMap((name) => ['a', 'b'].map((node) => pod(`${name}-${node}`, node, [name]))))
    for (const text of ['"type":"plan"', '"type":"blocked"', '"type":"leader-stopped"', '"type":"released"']) {
      await world.settle()
      const node = world.ledOn('node-a').length > 0 ? 'node-a' : 'node-b'
      const running = startBuilt(['failover', '--on-node', node, '--at-once', '2', '--yes', '-o', 'json'], { KUBECONFIG: real.server.kubeconfig })
      await running.printed(text)
      running.kill('SIGINT')
      const { code, stdout } = await running.finished
      await world.settle()
      expect.soft(code, text).toBe(130)
      const lines = linesOf(stdout)
      const begun = new Set(lines.filter(({ type }) => type === 'blocked').map(({ name }) => name))
      expect.soft(begun.size, text).toBeLessThanOrEqual(2)
      const result = lines.at(-1) as Line & { readonly verdicts: readonly Line[] }
      for (const { name, outcome } of result.verdicts) {
        if (outcome === 'not-started') expect.soft(begun.has(name), `${text} ${name}`).toBe(false)
      }
    }
    expect(world.overlaps).toEqual({})
  })

  it('killed half-way leaves each election to go on by itself', async () => {
    const names = ['left-0', 'left-1']
    await using world = await cluster(...names.flatMap((name) => ['a', 'b'].map((node) => pod(`${name}-${node}`, node, [name]))))
    for (const name of names) await world.leadFrom(name, `${name}-a`)
    const running = startBuilt(['failover', '--on-node', 'node-a', '--yes', '-o', 'json'], { KUBECONFIG: real.server.kubeconfig })
    await running.printed('"type":"blocked"')
    running.kill('SIGKILL')
    await running.finished
    const before = names.map((name) => world.termsOf(name).length)
    await world.until('each has another leader', () => names.every((name, index) => world.termsOf(name).length > before[index]!))
    await world.settle()
    expect(world.overlaps).toEqual({})
  })
})
