import * as vscode from 'vscode'
import type { ConnectionSurroundings } from '../shared/cluster/index.ts'
import { harmless } from '../shared/lease/index.ts'
import { remedyOf } from '../shared/remedy.ts'
import { systemClock } from '../shared/time/index.ts'
import type { ClusterSession } from './clusters/cluster-session.ts'
import { Clusters, type ClusterChoice } from './clusters/clusters.ts'
import { KubeconfigSource } from './clusters/kubeconfig-source.ts'
import type { CommandName } from './commands/command-names.ts'
import { commands } from './commands/commands.ts'
import type { CommandWindow } from './commands/needs.ts'
import { buttonFor, showWithButton } from './commands/remedy-button.ts'
import { removeSandboxFile } from './commands/terminal-environment.ts'
import { Debugging } from './debug/debugging.ts'
import { ElectionDocuments } from './documents/election-documents.ts'
import { Candidacies } from './joined/candidacies.ts'
import { AllJoined } from './joined/joined.ts'
import { JoinedStatus } from './joined/joined-status.ts'
import { errorText } from './advice.ts'
import { readSettings, SECTION, type Settings } from './settings.ts'
import { JoinTasks } from './tasks/join-tasks.ts'
import { Timelines } from './timeline/index.ts'
import { ElectionsTree } from './tree/elections-tree.ts'
import { RowItems, type RowFacts } from './tree/row-items.ts'
import type { Row } from './tree/rows.ts'
import { electionText } from './words/election-text.ts'

declare const __VERSION__: string

/** The view's id in package.json. */
const VIEW = 'kubectlLeader.elections'

/** A server's own words can be of any length. */
const LONGEST_MESSAGE = 2_000

/** The composition of the extension. */
export class App implements CommandWindow {
  readonly clock = systemClock
  readonly context: vscode.ExtensionContext
  readonly clusters: Clusters
  readonly tree: ElectionsTree
  readonly view: vscode.TreeView<Row>
  readonly candidacies: Candidacies
  readonly tasks: JoinTasks
  readonly joined: AllJoined
  readonly debugging: Debugging
  readonly timelines: Timelines
  readonly documents: ElectionDocuments
  readonly source: KubeconfigSource
  /** For each context that is watched while the view is hidden: the function that ends that. */
  readonly #pins = new Map<ClusterSession, () => void>()
  /** For each context in the visible view: the function that ends its watch. */
  readonly #holds = new Map<ClusterSession, () => void>()
  #looking: AbortController | null = null
  #filter = ''
  #matching = 0

  constructor(context: vscode.ExtensionContext) {
    this.context = context
    const settings = readSettings()
    const { clock } = this
    const surroundings: ConnectionSurroundings = {
      env: process.env,
      clock,
      version: __VERSION__,
      isInteractive: () => false,
      onPluginStderr: () => {},
    }
    this.source = new KubeconfigSource(settings.kubeconfig, process.env, clock)
    this.clusters = new Clusters(this.source, choiceOf(settings), surroundings)
    this.candidacies = new Candidacies(clock)
    this.tasks = new JoinTasks(this)
    this.timelines = new Timelines(this)
    this.joined = new AllJoined(this.candidacies, this.tasks)
    this.debugging = new Debugging(this)
    const facts: RowFacts = {
      isJoined: ({ handle }) => this.joined.of(handle).length > 0,
      debugged: ({ handle }) => this.joined.of(handle).find(({ by }) => by === 'debugger') ?? null,
      isPinned: (session) => this.#pins.has(session),
      isUnderNamespace: () => this.tree.selection.groupBy === 'namespace',
    }
    const items = new RowItems(facts, clock)
    const selection = { groupBy: settings.groupBy, categories: settings.categories, filter: '' }
    this.tree = new ElectionsTree(this.clusters, selection, items, clock)
    this.view = vscode.window.createTreeView<Row>(VIEW, { treeDataProvider: this.tree, showCollapseAll: true })
    this.documents = new ElectionDocuments(clock)
    context.subscriptions.push(
      this.view,
      this.tree,
      this.documents,
      this.tasks,
      this.debugging,
      this.timelines,
      new JoinedStatus(this.joined, clock),
      vscode.window.registerFileDecorationProvider(this.tree.countdowns),
      this.view.onDidChangeVisibility(() => this.#updateLooking()),
      // A person who selects something no longer reads a tooltip.
      this.view.onDidChangeSelection(() => this.tree.countdowns.free()),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        // This event also comes after a minute without input. The person may still be reading then.
        if (!focused) this.tree.countdowns.free()
      }),
      vscode.window.onDidChangeTextEditorSelection(() => this.tree.countdowns.free()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(SECTION)) this.#settingsChanged()
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#settingsChanged()),
      { dispose: () => this.#dispose() },
    )
    this.tree.onSituation((situation) => setContext('situation', situation))
    this.tree.onUnhealthy((count) => this.#showUnhealthy(count))
    this.tree.onMatching((count) => this.#showFilter(count))
    this.clusters.onChange(() => {
      setContext('hasSandbox', this.clusters.sandbox !== null)
      this.#unpinHidden()
      this.#updateLooking()
    })
    this.joined.onChange(() => {
      setContext('hasJoined', this.joined.all.length > 0)
      setContext('isDebugging', this.joined.all.some(({ by }) => by === 'debugger'))
      this.tree.redraw()
    })
    this.#updateLooking()
  }

  get settings(): Settings {
    return readSettings()
  }

  /** Runs a command, and shows its error to the person. */
  async run(name: CommandName, args: readonly unknown[]): Promise<void> {
    // A link names its election by the id of its handle.
    const row = typeof args[0] === 'string' ? this.tree.rowOf(args[0]) : (args[0] as Row | undefined)
    try {
      if (typeof args[0] === 'string' && !row) throw new Error(vscode.l10n.t('The election no longer exists.'))
      await commands[name](this, row)
    } catch (error) {
      if (error instanceof vscode.CancellationError) return
      const remedy = remedyOf(error)
      const button = remedy ? buttonFor(this, remedy, { row, retry: () => this.run(name, args) }) : null
      const text = row?.kind === 'election' ? vscode.l10n.t('{0}: {1}', electionText(row.handle), errorText(error)) : errorText(error)
      void showWithButton(vscode.window.showErrorMessage, harmless(text, LONGEST_MESSAGE), button)
    }
  }

  async reveal(row: Row): Promise<void> {
    await this.view.reveal(row, { select: true, focus: true })
  }

  /** Starts or stops watching a context while the view is hidden. */
  pin(session: ClusterSession, isPinned: boolean): void {
    this.#pins.get(session)?.()
    this.#pins.delete(session)
    if (isPinned) this.#pins.set(session, session.hold())
    this.tree.redraw()
    this.#updateLooking()
  }

  setFilter(text: string): void {
    const filter = text.trim()
    this.tree.select({ filter: filter.toLowerCase() })
    setContext('isFiltered', filter !== '')
    this.#filter = filter
    this.#showFilter(this.#matching)
  }

  async leaveAll(): Promise<void> {
    await this.timelines.keep().catch(() => undefined)
    await this.candidacies.leaveAll()
    await removeSandboxFile(this)
    await this.clusters.sandbox?.stop()
  }

  /** Stops watching contexts that are no longer in the view, because the person cannot stop them there. */
  #unpinHidden(): void {
    for (const [session, end] of this.#pins) {
      if (this.clusters.sessions.includes(session)) continue
      end()
      this.#pins.delete(session)
    }
  }

  /** Watches the contexts in the view, and only the pinned ones while the view is hidden. */
  #updateLooking(): void {
    const isSeen = this.view.visible
    const sessions = new Set(isSeen ? this.clusters.sessions : [])
    for (const [session, release] of this.#holds) {
      if (sessions.has(session)) continue
      release()
      this.#holds.delete(session)
    }
    for (const session of sessions) {
      if (!this.#holds.has(session)) this.#holds.set(session, session.hold())
    }
    const isLooking = isSeen || this.#pins.size > 0
    if (isLooking && !this.#looking) {
      this.#looking = new AbortController()
      void this.source.watch(this.#looking.signal)
      this.tree.start()
    } else if (!isLooking && this.#looking) {
      this.#looking.abort()
      this.#looking = null
      this.tree.stop()
      this.#showUnhealthy(0)
    }
  }

  #settingsChanged(): void {
    const settings = readSettings()
    this.clusters.choose(choiceOf(settings))
    this.tree.select({ groupBy: settings.groupBy, categories: settings.categories })
    if (settings.kubeconfig !== this.source.file) void this.source.choose(settings.kubeconfig)
  }

  /** An active filter is shown above the rows, because it hides elections. */
  #showFilter(matching: number): void {
    this.#matching = matching
    const filter = harmless(this.#filter, 100)
    const message =
      filter === ''
        ? ''
        : matching === 0
          ? vscode.l10n.t('No election matches the filter "{0}".', filter)
          : vscode.l10n.t('Only elections that match the filter "{0}": {1}.', filter, matching)
    if ((this.view.message ?? '') !== message) this.view.message = message
  }

  #showUnhealthy(count: number): void {
    if (count === (this.view.badge?.value ?? 0)) return
    this.view.badge =
      count === 0 ? undefined : { value: count, tooltip: vscode.l10n.t('{0} elections are late or expired', count) }
  }

  #dispose(): void {
    this.#looking?.abort()
    this.clusters[Symbol.dispose]()
  }
}

function choiceOf({ contexts, namespaces, locks }: Settings): ClusterChoice {
  return { contexts, scope: { namespaces: namespaces.length === 0 ? 'all' : namespaces, locks } }
}

function setContext(name: string, value: unknown): void {
  void vscode.commands.executeCommand('setContext', `kubectlLeader.${name}`, value)
}
