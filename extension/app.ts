import * as vscode from 'vscode'
import type { ConnectionSurroundings } from '../shared/cluster/connection/connection-settings.ts'
import { harmless } from '../shared/lease/harmless.ts'
import { remedyOf } from '../shared/remedy.ts'
import { systemClock } from '../shared/time/clock.ts'
import type { ClusterSession } from './clusters/cluster-session.ts'
import { Clusters, type ClusterChoice } from './clusters/clusters.ts'
import type { ElectionHandle } from './clusters/election-handle.ts'
import { KUBERNETES_SECTION } from './clusters/kubernetes-extension.ts'
import { KubeconfigSource } from './clusters/kubeconfig-source.ts'
import type { CommandName } from './commands/command-names.ts'
import { commands } from './commands/commands.ts'
import type { CommandWindow } from './commands/needs.ts'
import { buttonFor, showWithButton } from './commands/remedy-button.ts'
import { removeSandboxFile } from './commands/terminal-environment.ts'
import { Debugging } from './debug/debugging.ts'
import { LeasePauses } from './debug/lease-pauses.ts'
import { ElectionDocuments } from './documents/election-documents.ts'
import { PlanDocuments } from './documents/plan-documents.ts'
import { Candidacies } from './joined/candidacies.ts'
import { AllJoined } from './joined/joined.ts'
import { JoinedStatus } from './joined/joined-status.ts'
import { errorText } from './advice.ts'
import type { LeaderElectionsApi } from './api.ts'
import { exportedApi } from './exported.ts'
import { Memory } from './memory/memory.ts'
import { openLink } from './links.ts'
import { Log } from './log.ts'
import { PinnedNotices } from './pinned-notices.ts'
import { Pins } from './pins.ts'
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

/** The key of the filter in the state of the workspace. */
const FILTER = 'filter'

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
  readonly pauses: LeasePauses
  readonly tasks: JoinTasks
  readonly joined: AllJoined
  readonly debugging: Debugging
  readonly timelines: Timelines
  readonly memory: Memory
  readonly documents: ElectionDocuments
  readonly plans = new PlanDocuments()
  readonly source: KubeconfigSource
  readonly log: Log
  readonly exported: LeaderElectionsApi
  readonly #pins: Pins
  /** For each context that is watched: the function that ends that. */
  readonly #holds = new Map<ClusterSession, () => void>()
  #looking: AbortController | null = null
  #filter = ''
  #matching = 0
  /** Whether a filter or hidden namespaces leave no row of the only context. */
  #isNoRowLeft = false
  /** Whether namespaces are hidden, or only some are watched. */
  #isNarrowed = false

  constructor(context: vscode.ExtensionContext) {
    this.context = context
    this.#pins = new Pins(context.workspaceState)
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
    this.memory = new Memory({
      clock,
      folder: vscode.Uri.joinPath(context.globalStorageUri, 'timelines').fsPath,
      isKept: settings.keepTimelines,
      reason: vscode.l10n.t('VS Code did not watch this election.'),
      onFailure: (error) => void vscode.window.showWarningMessage(harmless(vscode.l10n.t('Cannot keep timelines: {0}', errorText(error)), LONGEST_MESSAGE)),
    })
    this.clusters = new Clusters(this.source, choiceOf(settings), surroundings, (store, of) => this.memory.watch(store, of))
    this.log = new Log(this.source, this.clusters)
    this.candidacies = new Candidacies(clock)
    this.pauses = new LeasePauses(clock)
    this.tasks = new JoinTasks(this)
    this.timelines = new Timelines(this)
    this.exported = exportedApi(this)
    this.joined = new AllJoined(this.candidacies, this.tasks)
    this.debugging = new Debugging(this)
    const facts: RowFacts = {
      isJoined: ({ handle }) => this.joined.of(handle).length > 0,
      isDebugged: ({ handle }) => this.joined.of(handle).some(({ by }) => by === 'debugger'),
      pause: ({ handle }) => this.pauses.presentOf(handle),
      isPinned: (session) => this.#pins.hasContext(session),
      isElectionPinned: ({ handle }) => this.#pins.hasElection(handle),
      isOneOfSeveral: ({ isSandbox }) => !isSandbox && this.clusters.sessions.filter((each) => !each.isSandbox).length > 1,
      isNarrowed: () => this.#isNarrowed,
      isUnderNamespace: () => this.tree.selection.groupBy === 'namespace',
    }
    const items = new RowItems(facts, clock)
    const { groupBy, categories, hiddenNamespaces } = settings
    const isPinned = (handle: ElectionHandle): boolean => this.#pins.hasElection(handle)
    const selection = { groupBy, categories, hiddenNamespaces, isPinned, filter: '' }
    this.tree = new ElectionsTree(this.clusters, selection, items, clock)
    this.view = vscode.window.createTreeView<Row>(VIEW, { treeDataProvider: this.tree, showCollapseAll: true, canSelectMany: true })
    this.documents = new ElectionDocuments(clock)
    context.subscriptions.push(
      this.view,
      this.tree,
      this.log,
      this.documents,
      this.plans,
      this.tasks,
      this.debugging,
      this.timelines,
      { dispose: () => this.memory[Symbol.dispose]() },
      new PinnedNotices(this.clusters, {
        isPinned,
        isJoined: (handle) => this.joined.of(handle).length > 0,
        wanted: () => readSettings().notifications,
        showTimeline: (handle) => this.timelines.open(handle),
      }),
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
        else if (event.affectsConfiguration(KUBERNETES_SECTION)) this.#chooseKubeconfig(readSettings())
      }),
      // Which kubeconfig is used also depends on whether the Kubernetes extension is installed.
      vscode.extensions.onDidChange(() => this.#chooseKubeconfig(readSettings())),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#settingsChanged()),
      { dispose: () => this.#dispose() },
    )
    this.tree.onSituation((situation) => {
      setContext('situation', situation)
      this.#isNoRowLeft = situation === 'filtered' || situation === 'hidden'
      this.#showFilter(this.#matching)
    })
    this.tree.onUnhealthy((count) => this.#showUnhealthy(count))
    this.tree.onMatching((count) => this.#showFilter(count))
    this.clusters.onChange(() => {
      setContext('hasSandbox', this.clusters.sandbox !== null)
      this.#updateLooking()
    })
    this.pauses.onChange(() => this.tree.redraw())
    this.joined.onChange(() => {
      setContext('hasJoined', this.joined.all.length > 0)
      setContext('isDebugging', this.joined.all.some(({ by }) => by === 'debugger'))
      this.tree.redraw()
    })
    this.#narrowed(settings)
    this.#filterBy(context.workspaceState.get<string>(FILTER) ?? '')
    this.#updateLooking()
  }

  get settings(): Settings {
    return readSettings()
  }

  /** Runs a command, and shows its error to the person. */
  async run(name: CommandName, args: readonly unknown[]): Promise<void> {
    // A link names its election by the id of its handle.
    const row = typeof args[0] === 'string' ? this.tree.rowOf(args[0]) : (args[0] as Row | undefined)
    const command = async (): Promise<void> => {
      if (typeof args[0] === 'string' && !row) throw new Error(vscode.l10n.t('The election no longer exists.'))
      await commands[name](this, row, Array.isArray(args[1]) ? (args[1] as readonly Row[]) : [])
    }
    await this.#showingErrors(name, command, row)
  }

  /** Runs what the person asked for. An error is shown and logged. */
  async #showingErrors(name: string, act: () => Promise<void>, row?: Row): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (error instanceof vscode.CancellationError) return
      this.log.error(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      const remedy = remedyOf(error)
      const button = remedy ? buttonFor(this, remedy, { row, retry: () => this.#showingErrors(name, act, row) }) : null
      const text = row?.kind === 'election' ? vscode.l10n.t('{0}: {1}', electionText(row.handle), errorText(error)) : errorText(error)
      void showWithButton(vscode.window.showErrorMessage, harmless(text, LONGEST_MESSAGE), button)
    }
  }

  async reveal(row: Row): Promise<void> {
    await this.view.reveal(row, { select: true, focus: true })
  }

  /** Starts or stops watching a context while the view is hidden. */
  pin(session: ClusterSession, isPinned: boolean): void {
    this.#pins.setContext(session, isPinned)
    this.#pinned()
  }

  /** Starts or stops watching the context of an election while the view is hidden, and shows the election first. */
  pinElection(handle: ElectionHandle, isPinned: boolean): void {
    this.#pins.setElection(handle, isPinned)
    this.#pinned()
  }

  /** Shows the election that a link names. */
  async openLink(uri: vscode.Uri): Promise<void> {
    await this.#showingErrors('openLink', () => openLink(this, uri))
  }

  #pinned(): void {
    this.tree.redraw()
    this.#updateLooking()
  }

  setFilter(text: string): void {
    const filter = text.trim()
    void this.context.workspaceState.update(FILTER, filter)
    this.#filterBy(filter)
  }

  #filterBy(filter: string): void {
    this.tree.select({ filter: filter.toLowerCase() })
    this.#filter = filter
    this.#showFilter(this.#matching)
    setContext('isFiltered', filter !== '')
  }

  async leaveAll(): Promise<void> {
    await Promise.all([this.timelines.keep(), this.memory.settle()]).catch(() => undefined)
    await this.candidacies.leaveAll()
    await removeSandboxFile(this)
    await this.clusters.sandbox?.stop()
  }

  /** Watches the contexts in the view, and only the pinned ones while the view is hidden. */
  #updateLooking(): void {
    const isSeen = this.view.visible
    const sessions = new Set(this.clusters.sessions.filter((session) => isSeen || this.#pins.needs(session)))
    for (const [session, release] of this.#holds) {
      if (sessions.has(session)) continue
      release()
      this.#holds.delete(session)
    }
    for (const session of sessions) {
      if (!this.#holds.has(session)) this.#holds.set(session, session.hold())
    }
    const isLooking = isSeen || sessions.size > 0
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
    const { groupBy, categories, hiddenNamespaces } = settings
    this.tree.select({ groupBy, categories, hiddenNamespaces })
    this.#narrowed(settings)
    this.memory.keep(settings.keepTimelines)
    this.#chooseKubeconfig(settings)
  }

  #chooseKubeconfig({ kubeconfig }: Settings): void {
    if (kubeconfig !== this.source.file) void this.source.choose(kubeconfig)
  }

  #narrowed({ namespaces, hiddenNamespaces }: Settings): void {
    this.#isNarrowed = namespaces.length > 0 || hiddenNamespaces.length > 0
    setContext('isNarrowed', this.#isNarrowed)
    this.#showFilter(this.#matching)
  }

  /**
   * An active filter and hidden namespaces are shown above the rows, because they hide elections. If they leave no row, the
   * welcome text says so, with its link. VS Code shows it only if there is no message.
   */
  #showFilter(matching: number): void {
    this.#matching = matching
    const filter = harmless(this.#filter, 100)
    const hidden = harmless(this.tree.selection.hiddenNamespaces.join(', '), 200)
    const messages = [
      ...(filter === '' ? [] : [filterText(filter, matching)]),
      ...(hidden === '' ? [] : [vscode.l10n.t('Hidden namespaces: {0}.', hidden)]),
    ]
    const message = this.#isNoRowLeft ? '' : messages.join(' ')
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

function filterText(filter: string, matching: number): string {
  return matching === 0
    ? vscode.l10n.t('No election matches the filter "{0}".', filter)
    : vscode.l10n.t('Only elections that match the filter "{0}": {1}.', filter, matching)
}

function choiceOf({ contexts, namespaces, locks }: Settings): ClusterChoice {
  return { contexts, scope: { namespaces: namespaces.length === 0 ? 'all' : namespaces, locks } }
}

function setContext(name: string, value: unknown): void {
  void vscode.commands.executeCommand('setContext', `kubectlLeader.${name}`, value)
}
