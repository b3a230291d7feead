import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SORT_COLUMNS } from '../../kubectl-plugin/watch/columns.ts'
import { RowOrder, type Selection } from '../../kubectl-plugin/watch/row-order.ts'
import type { StoredElection } from '../../shared/cluster/list-watch/store.ts'
import type { Moment } from '../../shared/lease/status.ts'
import { StoreScene } from '../support/store-scene.ts'

const ALL: Selection = { filter: '', sortColumn: 'name', isReversed: false, category: 'all', isWanted: () => true }

/** A change of one of a few elections, of the clock or of the connection. */
const change = fc.oneof(
  fc.record({
    kind: fc.constant('apply' as const),
    namespace: fc.constantFrom('a', 'b', 'kube-node-lease'),
    name: fc.constantFrom('one', 'two', 'three', '四'),
    holder: fc.constantFrom('', 'pod-a', 'pod-b', 'kubectl-leader-failover_x', '漢字'),
    transitions: fc.nat(3),
  }),
  fc.record({ kind: fc.constant('remove' as const), namespace: fc.constantFrom('a', 'b'), name: fc.constantFrom('one', 'two') }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 9_000 }) }),
  fc.record({ kind: fc.constant('disconnect' as const) }),
  fc.record({ kind: fc.constant('reconnect' as const) }),
)
const selection: fc.Arbitrary<Selection> = fc.record({
  filter: fc.constantFrom('', 'o', 'pod-a', 'held', 'nothing'),
  sortColumn: fc.constantFrom(...SORT_COLUMNS),
  isReversed: fc.boolean(),
  category: fc.constantFrom('all' as const, 'election' as const),
  isWanted: fc.constantFrom(
    () => true,
    ({ name }: { readonly name: string }) => name !== 'two',
  ),
})

describe('the order of rows', () => {
  it('is the same after any changes as in a first look at the same elections', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(change, selection), { maxLength: 30 }), async (steps) => {
        const scene = new StoreScene()
        scene.start([])
        const order = new RowOrder()
        for (const [step, selected] of steps) {
          if (step.kind === 'wait') await scene.clock.advance(step.ms)
          else if (step.kind === 'disconnect') scene.disconnect('gone')
          else if (step.kind === 'reconnect') scene.reconnect()
          else if (step.kind === 'remove') scene.remove(scene.election(step.namespace, step.name))
          else {
            const spec = { holderIdentity: step.holder, leaseTransitions: step.transitions }
            scene.apply(scene.election(step.namespace, step.name, { spec }))
          }
          const now: Moment = { monotonicMs: scene.clock.monotonicMs(), wallMs: scene.clock.wallMs() }
          const statusOf = (stored: StoredElection) => scene.store.statusOf(stored, now)
          expect(order.look(scene.store, selected, statusOf)).toEqual(new RowOrder().look(scene.store, selected, statusOf))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('is the same array if no row has moved', () => {
    const scene = new StoreScene([])
    scene.start([scene.election('b', 'one'), scene.election('a', 'one')])
    const order = new RowOrder()
    const look = (): readonly string[] => order.look(scene.store, ALL, (stored) => scene.store.statusOf(stored)).keys
    const first = look()
    expect(first).toEqual(['lease/a/one', 'lease/b/one'])
    scene.renew(scene.election('b', 'one'))
    expect(look()).toBe(first)
    scene.remove(scene.election('a', 'one'))
    expect(look()).toEqual(['lease/b/one'])
  })
})
