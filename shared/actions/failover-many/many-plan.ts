import type { ElectionScope } from '../../cluster/elections/scope.ts'
import type { ElectionRef } from '../../lease/election-ref.ts'
import type { Advised } from '../../remedy.ts'
import type { FailoverPlan, FailoverRefusal } from '../failover/failover-plan.ts'

/** How many moves are under way at the same time unless the user asks for another number. */
export const DEFAULT_AT_ONCE = 4

/** Several elections to move. */
export interface ManyRequest {
  /** Which elections. */
  readonly scope: ElectionScope
  /** Only these of the scope. One that does not exist is left. Absent: all of the scope. */
  readonly places?: readonly ElectionRef[]
  /** Only elections whose leader runs on one of these Nodes, or in one of these zones. Both empty: all of the scope. */
  readonly onNodes: readonly string[]
  readonly inZones: readonly string[]
  /** The maximum number of moves at the same time. */
  readonly atOnce: number
  /** Move leadership even if no other candidate is known. */
  readonly isForced?: boolean
  readonly reason?: string | undefined
  /** The user to record in the Events: `alice@laptop`. */
  readonly actor: string
}

/** The smallest scope that has all of these elections. */
export function scopeOf(places: readonly ElectionRef[]): ElectionScope {
  return {
    namespaces: [...new Set(places.map(({ namespace }) => namespace))],
    names: [...new Set(places.map(({ name }) => name))],
    locks: [...new Set(places.map(({ lock }) => lock))],
  }
}

/** Elections that are moved together. */
export interface Move {
  /** One for each election. If a Pod leads several, they move together: losing one lease ends the program, and so all. */
  readonly plans: readonly FailoverPlan[]
  /** The owner of the leader's Pod. Only one move of an owner is under way at a time. Null if it is not known. */
  readonly owner: string | null
  /** Moves of the control plane come last. */
  readonly isControlPlane: boolean
}

/** An election that is not moved, with the reason. */
export interface Left extends Advised {
  readonly place: ElectionRef
  readonly kind: FailoverRefusal | 'noOtherCandidate' | 'sharedPod' | 'unreadable'
}

/** Why a Node is no place for a new leader. */
export type Exclusion = 'selected' | 'cordoned' | 'notReady' | 'emptied'

/** Failovers of several elections that can begin. No changes were made. */
export interface ManyPlan {
  readonly request: ManyRequest
  /** In the order in which they begin. */
  readonly moves: readonly Move[]
  readonly left: readonly Left[]
  /** By name: Nodes that the new leaders should not run on. */
  readonly excluded: ReadonlyMap<string, Exclusion>
  /** The longest time that all moves are expected to take; milliseconds. */
  readonly totalMs: number
  /** When the plan was made; monotonic milliseconds. */
  readonly madeAtMs: number
  readonly gaps: readonly Advised[]
}

/** A request that selects no Node or zone that exists. No changes were made. */
export class NoSuchNode extends Error {
  override readonly name = 'NoSuchNode'
}
