import type * as vscode from 'vscode'
import type { ClusterSession } from './clusters/cluster-session.ts'
import type { ElectionHandle } from './clusters/election-handle.ts'

/** The key in the state of the workspace. */
const KEY = 'pins'

interface SavedPins {
  /** Ids of sessions. */
  readonly contexts: readonly string[]
  /** Ids of elections, each with the id of its session. */
  readonly elections: readonly (readonly [election: string, session: string])[]
}

/**
 * The contexts and elections that the person has pinned: they are watched while the view is hidden. They are kept when the
 * window is reloaded, except those in the sandbox.
 */
export class Pins {
  readonly #state: vscode.Memento
  readonly #contexts: Set<string>
  readonly #elections: Map<string, string>

  constructor(state: vscode.Memento) {
    this.#state = state
    const { contexts, elections } = state.get<SavedPins>(KEY) ?? { contexts: [], elections: [] }
    this.#contexts = new Set(contexts)
    this.#elections = new Map(elections)
  }

  hasContext({ id }: ClusterSession): boolean {
    return this.#contexts.has(id)
  }

  hasElection({ id }: ElectionHandle): boolean {
    return this.#elections.has(id)
  }

  /** Whether the context or one of its elections is pinned. */
  needs({ id }: ClusterSession): boolean {
    return this.#contexts.has(id) || [...this.#elections.values()].includes(id)
  }

  setContext({ id }: ClusterSession, isPinned: boolean): void {
    if (isPinned) this.#contexts.add(id)
    else this.#contexts.delete(id)
    this.#save()
  }

  setElection({ id, session }: ElectionHandle, isPinned: boolean): void {
    if (isPinned) this.#elections.set(id, session.id)
    else this.#elections.delete(id)
    this.#save()
  }

  #save(): void {
    const isKept = (session: string): boolean => !session.startsWith('sandbox ')
    const saved: SavedPins = { contexts: [...this.#contexts].filter(isKept), elections: [...this.#elections].filter(([, session]) => isKept(session)) }
    void this.#state.update(KEY, saved)
  }
}
