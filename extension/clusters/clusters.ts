import * as vscode from 'vscode'
import { connect } from '../../shared/cluster/connection/connection.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import type { ConnectionSurroundings } from '../../shared/cluster/connection/connection-settings.ts'
import type { Kubeconfig } from '../../shared/cluster/connection/kubeconfig-file.ts'
import type { ElectionScope } from '../../shared/cluster/elections/scope.ts'
import type { ElectionStore } from '../../shared/cluster/list-watch/store.ts'
import type { Remedy } from '../../shared/remedy.ts'
import { Listeners } from '../listeners.ts'
import { ClusterSession } from './cluster-session.ts'
import type { KubeconfigReading, KubeconfigSource } from './kubeconfig-source.ts'
import type { RunningSandbox } from './running-sandbox.ts'
import { verbatim } from '../../shared/phrase.ts'

/** Which contexts to show, and which namespaces and locks in them. */
export interface ClusterChoice {
  /** Names of contexts. If empty, the current one. */
  readonly contexts: readonly string[]
  readonly scope: ElectionScope
}

/** The name of the cluster that is reached with a Pod's service account, if there is no kubeconfig. */
const IN_CLUSTER = 'in-cluster'

/** Is told of each watch of a session: see {@link SessionOptions.onWatch}. */
export type WatchListener = (store: ElectionStore, of: { readonly context: string; readonly server: string; readonly isVolatile: boolean }) => () => void

interface Entry {
  readonly session: ClusterSession
  /** The parts of the kubeconfig that the connection depends on. */
  readonly fingerprint: string
}

/** The clusters that are shown: those of the chosen contexts, and the sandbox. */
export class Clusters implements Disposable {
  readonly #source: KubeconfigSource
  readonly #surroundings: ConnectionSurroundings
  readonly #onWatch: WatchListener
  readonly #changes = new Listeners<void>()
  #choice: ClusterChoice
  #entries = new Map<string, Entry>()
  /** Sessions of contexts that are not shown. */
  readonly #apart = new Map<string, ClusterSession>()
  #sandbox: { readonly running: RunningSandbox; readonly session: ClusterSession } | null = null
  #reading: KubeconfigReading | null = null
  #problem: Error | null = null
  readonly #stopListening: () => void

  constructor(source: KubeconfigSource, choice: ClusterChoice, surroundings: ConnectionSurroundings, onWatch: WatchListener = () => () => {}) {
    this.#source = source
    this.#choice = choice
    this.#surroundings = surroundings
    this.#onWatch = onWatch
    this.#stopListening = source.onChange((reading) => {
      this.#reading = reading
      this.#update()
    })
  }

  /** In the order in which they are shown. */
  get sessions(): readonly ClusterSession[] {
    const sessions = [...this.#entries.values()].map(({ session }) => session)
    return this.#sandbox ? [...sessions, this.#sandbox.session] : sessions
  }

  /** The session that has replaced `session` in the view, or `session` itself if none has. */
  current(session: ClusterSession): ClusterSession {
    const { name, isSandbox } = session
    return this.sessions.find((each) => each.name === name && each.isSandbox === isSandbox) ?? session
  }

  /**
   * The session of a context, and the namespace that the kubeconfig names for it. A context that is not shown gets a
   * session, too, for as long as the kubeconfig has it.
   *
   * @param context Default: the current one.
   * @throws Error if there is no such context, or the kubeconfig cannot be used
   */
  async sessionFor(context: string | undefined): Promise<{ readonly session: ClusterSession; readonly namespace: string }> {
    if (context !== undefined && context === this.#sandbox?.running.name) return { session: this.#sandbox.session, namespace: 'default' }
    const { kubeconfig, error } = await this.#source.look()
    if (!kubeconfig) throw error
    const [name] = context === undefined ? wantedContexts(kubeconfig, { ...this.#choice, contexts: [] }, this.#surroundings.env) : [context]
    if (name === undefined) throw nothingWanted(kubeconfig)
    const known = kubeconfig.contexts.get(name)
    if (!known && kubeconfig.contexts.size > 0) throw new Error(vscode.l10n.t('The kubeconfig has no context {0}.', name))
    const shown = this.#entries.get(name)?.session
    const session = shown ?? this.#apart.get(name) ?? this.#kubeconfigSession(name, known ? name : null)
    if (!shown) this.#apart.set(name, session)
    return { session, namespace: known?.namespace || 'default' }
  }

  /** Why the chosen contexts cannot be determined; null if they can. */
  get problem(): Error | null {
    return this.#problem
  }

  get sandbox(): RunningSandbox | null {
    return this.#sandbox?.running ?? null
  }

  /** Calls `listener` when the set of clusters has changed. Returns a function that ends this. */
  onChange(listener: () => void): () => void {
    return this.#changes.add(listener)
  }

  choose(choice: ClusterChoice): void {
    const isSameScope = JSON.stringify(choice.scope) === JSON.stringify(this.#choice.scope)
    this.#choice = choice
    if (!isSameScope) {
      this.#disposeAll()
      if (this.#sandbox) this.#sandbox = { ...this.#sandbox, session: this.#sandboxSession(this.#sandbox.running) }
    }
    this.#update()
  }

  /** Shows a sandbox in addition to the other clusters. */
  addSandbox(running: RunningSandbox): void {
    this.#sandbox = { running, session: this.#sandboxSession(running) }
    this.#changes.tell(undefined)
  }

  removeSandbox(): void {
    this.#sandbox?.session[Symbol.dispose]()
    this.#sandbox = null
    this.#changes.tell(undefined)
  }

  [Symbol.dispose](): void {
    this.#stopListening()
    this.#disposeAll()
  }

  #disposeAll(): void {
    for (const session of [...this.sessions, ...this.#apart.values()]) session[Symbol.dispose]()
    this.#apart.clear()
    this.#entries = new Map()
  }

  #update(): void {
    const reading = this.#reading
    if (!reading) return
    for (const session of this.#apart.values()) session.reconnect()
    const wanted = reading.kubeconfig ? wantedContexts(reading.kubeconfig, this.#choice, this.#surroundings.env) : []
    if (wanted.length === 0) {
      this.#problem = reading.error ?? nothingWanted(reading.kubeconfig)
      // Keep showing what was read. Each session shows its own error, and continues when the kubeconfig is corrected.
      for (const { session } of this.#entries.values()) session.reconnect()
      this.#forgetThose((session) => session.state.phase !== 'live' && session.state.phase !== 'stale')
    } else {
      this.#problem = null
      const entries = new Map(wanted.map((name) => [name, this.#entryFor(name, reading.kubeconfig!)]))
      this.#forgetThose((session) => entries.get(session.name)?.session !== session)
      this.#entries = entries
    }
    this.#changes.tell(undefined)
  }

  #forgetThose(isToGo: (session: ClusterSession) => boolean): void {
    for (const [name, { session }] of this.#entries) {
      if (!isToGo(session)) continue
      session[Symbol.dispose]()
      this.#entries.delete(name)
    }
  }

  #entryFor(name: string, kubeconfig: Kubeconfig): Entry {
    const fingerprint = fingerprintOf(name, kubeconfig)
    const known = this.#entries.get(name)
    if (known && known.fingerprint === fingerprint && known.session.state.phase !== 'stale') return known
    if (known) {
      known.session.reconnect()
      return { session: known.session, fingerprint }
    }
    const context = name === IN_CLUSTER && kubeconfig.contexts.size === 0 ? null : name
    return { session: this.#kubeconfigSession(name, context), fingerprint }
  }

  #kubeconfigSession(name: string, context: string | null): ClusterSession {
    return new ClusterSession({
      name,
      context,
      isSandbox: false,
      clock: this.#surroundings.clock,
      scope: this.#choice.scope,
      onWatch: (store, server) => this.#onWatch(store, { context: name, server, isVolatile: false }),
      open: () => {
        const { file } = this.#source
        return connect({ ...(file !== undefined && { kubeconfig: file }), ...(context !== null && { context }) }, this.#surroundings)
      },
    })
  }

  #sandboxSession(running: RunningSandbox): ClusterSession {
    return new ClusterSession({
      name: running.name,
      context: running.name,
      isSandbox: true,
      clock: this.#surroundings.clock,
      // The kinds of locks that the sample elections use.
      scope: { namespaces: 'all', locks: ['lease', 'configmap'] },
      onWatch: (store, server) => this.#onWatch(store, { context: running.name, server, isVolatile: true }),
      open: () => connect({ kubeConfig: { exportConfig: () => running.kubeconfig } }, this.#surroundings),
    })
  }
}

function wantedContexts({ contexts, currentContext }: Kubeconfig, choice: ClusterChoice, env: NodeJS.ProcessEnv): readonly string[] {
  if (choice.contexts.length > 0) return [...new Set(choice.contexts)]
  if (currentContext) return [currentContext]
  return contexts.size === 0 && env['KUBERNETES_SERVICE_HOST'] ? [IN_CLUSTER] : []
}

function nothingWanted({ files, contexts }: Kubeconfig): Error {
  if (files.length === 0) return new NoKubeconfig(vscode.l10n.t('No kubeconfig found.'))
  const message =
    contexts.size === 0
      ? vscode.l10n.t('The kubeconfig {0} has no context.', files.join(', '))
      : vscode.l10n.t('No current context is set in {0}.', files.join(', '))
  const remedy: Remedy = contexts.size === 0 ? { kind: 'chooseKubeconfig' } : { kind: 'choose', entry: 'context', names: [...contexts.keys()] }
  return new ClusterError(verbatim(message), { kind: 'config', remedy })
}

/** There is no kubeconfig at all. That is not a mistake of the person. */
export class NoKubeconfig extends Error {
  override readonly name = 'NoKubeconfig'
}

function fingerprintOf(name: string, { contexts, clusters, users }: Kubeconfig): string {
  const context = contexts.get(name)
  const cluster = clusters.get(context?.cluster ?? '')
  const user = users.get(context?.user ?? '')
  return JSON.stringify([context, cluster, user])
}
