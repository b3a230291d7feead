import type { ObjectRef } from '../../shared/cluster/cluster-object.ts'
import type { StoredElection } from '../../shared/cluster/list-watch/store.ts'
import { electionKey } from '../../shared/lease/election-ref.ts'
import type { Category } from '../../shared/lease/category.ts'
import type { State } from '../../shared/lease/status.ts'
import { NotWatched, type ClusterSession } from '../clusters/cluster-session.ts'
import { ElectionHandle } from '../clusters/election-handle.ts'
import { stateText } from '../words/states.ts'

/** How elections are grouped within a context. */
export type Grouping = 'namespace' | 'state' | 'none'

/** A row of the tree. The same row is always the same object, so that VS Code recognizes it. */
export type Row = ContextRow | GroupRow | ElectionRow | DetailRow | ProblemRow

export interface ContextRow {
  readonly kind: 'context'
  readonly id: string
  readonly session: ClusterSession
}

/** A namespace, or a state. */
export interface GroupRow {
  readonly kind: 'group'
  readonly id: string
  readonly session: ClusterSession
  readonly by: 'namespace' | 'state'
  readonly name: string
}

export interface ElectionRow {
  readonly kind: 'election'
  readonly id: string
  readonly handle: ElectionHandle
}

/** A fact about an election. */
export interface DetailRow {
  readonly kind: 'detail'
  readonly id: string
  /** The election that it is about. */
  readonly handle: ElectionHandle
  readonly label: string
  readonly value: string
  readonly icon: string
  /** Present if the value is a time: wall clock milliseconds. The row shows how long ago that was. */
  readonly atMs?: number
  /** The object that the row names, if it is known. */
  readonly object?: ObjectRef
  /** Whether the row names the holder or its Pod. */
  readonly isHolder?: boolean
}

/** Why a context cannot be read, or only in part. */
export interface ProblemRow {
  readonly kind: 'problem'
  readonly id: string
  readonly session: ClusterSession
}

/** Which elections to show, and how. */
export interface Selection {
  readonly groupBy: Grouping
  readonly categories: readonly Category[]
  /** In lower case. An election is shown if its namespace, name or holder contains it, or if it is its state. */
  readonly filter: string
  /** Namespaces that are not shown. */
  readonly hiddenNamespaces: readonly string[]
  /** Pinned elections come first. */
  readonly isPinned: (handle: ElectionHandle) => boolean
}

/** Most urgent first. */
const STATES: readonly State[] = ['expired', 'late', 'blocked', 'unknown', 'released', 'held']

/** Creates the rows, and keeps them. */
export class Rows {
  readonly #contexts = new WeakMap<ClusterSession, ContextRow>()
  readonly #problems = new WeakMap<ClusterSession, ProblemRow>()
  readonly #groups = new WeakMap<ClusterSession, Map<string, GroupRow>>()
  readonly #elections = new WeakMap<ClusterSession, Map<string, ElectionRow>>()
  #nextSession = 0

  context(session: ClusterSession): ContextRow {
    // A new session of the same name gets a new row, because its connection and its elections start from nothing.
    return known(this.#contexts, session, () => ({ kind: 'context', id: `${this.#nextSession++}:${session.name}`, session }))
  }

  problem(session: ClusterSession): ProblemRow {
    return known(this.#problems, session, () => ({ kind: 'problem', id: `${this.context(session).id}/problem`, session }))
  }

  /** The rows below a context. */
  below(session: ClusterSession, selection: Selection): readonly Row[] {
    const { state, restriction } = session
    const isProblem = 'error' in state ? !(state.error instanceof NotWatched) : restriction !== null
    return [...(isProblem ? [this.problem(session)] : []), ...this.#topOf(session, selection)]
  }

  /** The elections of a group, by name. */
  inGroup(group: GroupRow, selection: Selection): readonly ElectionRow[] {
    const { session } = group
    const stored = [...session.elections].filter(
      (each) => this.#groupName(session, each, group.by) === group.name && isSelected(session, each, selection),
    )
    return this.#sorted(session, stored, group.by === 'namespace' ? byName : byNamespace, selection)
  }

  /** The row of an election, if it was ever shown. */
  election(session: ClusterSession, key: string): ElectionRow | undefined {
    return this.#elections.get(session)?.get(key)
  }

  /** The group that an election is in now; undefined if elections are not grouped. */
  groupOf(session: ClusterSession, stored: StoredElection, { groupBy }: Selection): GroupRow | undefined {
    if (groupBy === 'none') return undefined
    return this.#group(session, groupBy, this.#groupName(session, stored, groupBy))
  }

  #topOf(session: ClusterSession, selection: Selection): readonly Row[] {
    const { groupBy } = selection
    const selected = [...session.elections].filter((each) => isSelected(session, each, selection))
    if (groupBy === 'none') return this.#sorted(session, selected, byNamespace, selection)
    const names = new Set(selected.map((each) => this.#groupName(session, each, groupBy)))
    const groups = this.#groups.get(session)
    for (const [id, { by, name }] of groups ?? []) if (by !== groupBy || !names.has(name)) groups?.delete(id)
    const ordered = groupBy === 'state' ? STATES.filter((state) => names.has(state)) : [...names].sort(compare)
    return ordered.map((name) => this.#group(session, groupBy, name))
  }

  #group(session: ClusterSession, by: 'namespace' | 'state', name: string): GroupRow {
    const groups = known(this.#groups, session, () => new Map<string, GroupRow>())
    const id = `${this.context(session).id}/${by}/${name}`
    return known(groups, id, () => ({ kind: 'group', id, session, by, name }))
  }

  #groupName(session: ClusterSession, stored: StoredElection, by: 'namespace' | 'state'): string {
    return by === 'namespace' ? stored.election.namespace : session.statusOf(stored).state
  }

  #sorted(
    session: ClusterSession,
    stored: readonly StoredElection[],
    order: (a: StoredElection, b: StoredElection) => number,
    { isPinned }: Selection,
  ): readonly ElectionRow[] {
    const rows = stored.toSorted(order).map((each) => this.make(session, each))
    return [...rows.filter(({ handle }) => isPinned(handle)), ...rows.filter(({ handle }) => !isPinned(handle))]
  }

  /** The row of an election, which is made when it is first needed. */
  make(session: ClusterSession, { election }: StoredElection): ElectionRow {
    const rows = known(this.#elections, session, () => new Map<string, ElectionRow>())
    const key = electionKey(election)
    return known(rows, key, () => ({
      kind: 'election',
      id: `${this.context(session).id}/election/${key}`,
      handle: new ElectionHandle(session, election),
    }))
  }

  /** The rows of the elections of a session that were ever shown, and not forgotten. */
  elections(session: ClusterSession): Iterable<ElectionRow> {
    return this.#elections.get(session)?.values() ?? []
  }

  /** Forgets the row of an election that was deleted. */
  forget(session: ClusterSession, key: string): void {
    this.#elections.get(session)?.delete(key)
  }
}

/** Whether an election is shown. */
export function isSelected(session: ClusterSession, stored: StoredElection, { categories, filter, hiddenNamespaces }: Selection): boolean {
  const { election } = stored
  if (!categories.includes(election.category) || hiddenNamespaces.includes(election.namespace)) return false
  if (filter === '') return true
  const texts = [election.namespace, election.name, election.record.holderIdentity]
  const { state } = session.statusOf(stored)
  return texts.some((text) => text.toLowerCase().includes(filter)) || state === filter || stateText(state) === filter
}

function byName(a: StoredElection, b: StoredElection): number {
  return compare(a.election.name, b.election.name) || compare(a.election.lock, b.election.lock)
}

function byNamespace(a: StoredElection, b: StoredElection): number {
  return compare(a.election.namespace, b.election.namespace) || byName(a, b)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

interface Store<K, V> {
  get(key: K): V | undefined
  set(key: K, value: V): unknown
}

function known<K, V>(store: Store<K, V>, key: K, make: () => V): V {
  const present = store.get(key)
  if (present !== undefined) return present
  const made = make()
  store.set(key, made)
  return made
}
