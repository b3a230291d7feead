import * as vscode from 'vscode'
import { harmless } from '../shared/lease/harmless.ts'
import type { ClusterSession } from './clusters/cluster-session.ts'
import { NotWatched } from './clusters/cluster-session.ts'
import type { Clusters } from './clusters/clusters.ts'
import { followSessions } from './clusters/follow-sessions.ts'
import type { KubeconfigSource } from './clusters/kubeconfig-source.ts'

const LONGEST = 2_000

/** What happens to connections, and errors, in the output channel *Leader Elections*. It is in English. */
export class Log implements vscode.Disposable {
  readonly #channel: vscode.LogOutputChannel
  readonly #ends: (() => void)[] = []
  /** The last line about each context: its state does not change with every event. */
  readonly #said = new WeakMap<ClusterSession, string>()

  constructor(source: KubeconfigSource, clusters: Clusters) {
    this.#channel = vscode.window.createOutputChannel('Leader Elections', { log: true })
    this.#ends.push(
      source.onChange(({ kubeconfig, error }) => {
        if (error) this.warn(`Kubeconfig: ${error.message}`)
        else this.info(`Kubeconfig read: ${kubeconfig.files.join(', ') || 'none found'}`)
      }),
      followSessions(clusters, (session) => this.#follow(session)),
    )
  }

  info(text: string): void {
    this.#channel.info(harmless(text, LONGEST))
  }

  warn(text: string): void {
    this.#channel.warn(harmless(text, LONGEST))
  }

  error(text: string): void {
    this.#channel.error(harmless(text, LONGEST))
  }

  show(): void {
    this.#channel.show()
  }

  dispose(): void {
    for (const end of this.#ends) end()
    this.#channel.dispose()
  }

  #follow(session: ClusterSession): () => void {
    const end = session.onChange(() => this.#changed(session))
    this.#changed(session)
    return () => {
      end()
      this.info(`Context ${session.name}: no longer shown`)
    }
  }

  #changed(session: ClusterSession): void {
    const { line, isFault } = lineOf(session)
    if (this.#said.get(session) === line) return
    this.#said.set(session, line)
    if (isFault) this.warn(line)
    else this.info(line)
  }
}

function lineOf({ name, state, restriction }: ClusterSession): { readonly line: string; readonly isFault: boolean } {
  const about = (text: string, isFault = false): ReturnType<typeof lineOf> => ({ line: `Context ${name}: ${text}`, isFault })
  switch (state.phase) {
    case 'idle':
      return about('shown')
    case 'connecting':
      return about('connecting')
    case 'live':
      return about(restriction ? `watching namespaces ${restriction.namespaces.join(', ')}: ${restriction.message}` : 'watching')
    case 'stale':
      return state.error instanceof NotWatched ? about('not watched while the view is hidden') : about(`connection lost: ${state.error.message}`, true)
    case 'failed':
      return about(`cannot be read: ${state.error.message}`, true)
  }
}
