import { hostname } from 'node:os'
import * as vscode from 'vscode'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { leaderOf } from '../../shared/lease/placeholder.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { State } from '../../shared/lease/status.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { NotWatched, type ClusterSession } from '../clusters/cluster-session.ts'
import { errorText } from '../advice.ts'
import { pauseText, type LeasePause } from '../debug/lease-pauses.ts'
import { ago } from '../words/durations.ts'
import { restrictionText } from '../words/errors.ts'
import { stateText } from '../words/states.ts'
import { uriOf } from './countdowns.ts'
import type { ContextRow, DetailRow, ElectionRow, GroupRow, ProblemRow, Row } from './rows.ts'
import { electionDescription, isUnhealthy, short, stateLook } from './row-text.ts'

/** If a context has more elections than this, its groups are collapsed at first. */
const OPEN_UP_TO = 50

const LONGEST_TEXT = 2_000

/** How the identities of candidates on this machine begin. */
const OWN_PREFIX = `${hostname()}_`

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState

/** Facts about rows from other parts of the extension. */
export interface RowFacts {
  /** Whether this window has joined the election. */
  isJoined(row: ElectionRow): boolean
  /** Whether a program is debugged as a candidate of the election. */
  isDebugged(row: ElectionRow): boolean
  /** The pause of that program, or of one whose lease this window keeps, that goes on. */
  pause(row: ElectionRow): LeasePause | undefined
  /** Whether the context is watched while the view is hidden. */
  isPinned(session: ClusterSession): boolean
  /** Whether the election is pinned. */
  isElectionPinned(row: ElectionRow): boolean
  /** Whether other contexts are shown as well: then this one can be hidden. */
  isOneOfSeveral(session: ClusterSession): boolean
  /** Whether namespaces are hidden, or only some are watched. */
  isNarrowed(): boolean
  /** Whether a row is in a group with the name of its namespace. */
  isUnderNamespace(): boolean
}

/** Rows as VS Code draws them. */
export class RowItems {
  readonly #facts: RowFacts
  readonly #clock: Clock
  /** The initial state of each group is kept, because a changed default would move the rows on screen. */
  readonly #openness = new WeakMap<GroupRow, vscode.TreeItemCollapsibleState>()

  /** The texts of the election rows when they were last drawn. */
  readonly #said = new WeakMap<ElectionRow, string>()

  constructor(facts: RowFacts, clock: Clock) {
    this.#facts = facts
    this.#clock = clock
  }

  itemOf(row: Row): vscode.TreeItem {
    switch (row.kind) {
      case 'context':
        return this.#contextItem(row)
      case 'group':
        return this.#groupItem(row)
      case 'election':
        return this.#electionItem(row)
      case 'detail':
        return this.#detailItem(row)
      case 'problem':
        return problemItem(row)
    }
  }

  /** Whether the text of an election row has changed since it was last drawn. */
  hasChanged(row: ElectionRow): boolean {
    const said = this.#said.get(row)
    return said !== undefined && said !== textOf(this.#lookOf(row))
  }

  #contextItem({ id, session }: ContextRow): vscode.TreeItem {
    const item = new vscode.TreeItem(short(session.name), Expanded)
    const isPinned = this.#facts.isPinned(session)
    item.id = id
    item.iconPath = new vscode.ThemeIcon(session.isSandbox ? 'beaker' : session.state.phase === 'live' ? 'server-environment' : 'debug-disconnect')
    item.contextValue = [
      ...['context', isPinned ? 'pinned' : 'unpinned', session.isSandbox ? 'sandbox' : 'cluster'],
      ...(this.#facts.isOneOfSeveral(session) ? ['several'] : []),
    ].join(';')
    item.description = contextDescription(session, isPinned)
    const { state } = session
    item.tooltip = 'error' in state ? harmless(errorText(state.error), LONGEST_TEXT) : short(session.name)
    return item
  }

  #groupItem(row: GroupRow): vscode.TreeItem {
    const { id, session, by, name } = row
    const known = this.#openness.get(row) ?? ([...session.elections].length <= OPEN_UP_TO ? Expanded : Collapsed)
    this.#openness.set(row, known)
    const item = new vscode.TreeItem(by === 'state' ? stateText(name as State) : short(name), known)
    item.id = id
    item.contextValue = this.#facts.isNarrowed() ? `${by};narrowed` : by
    item.iconPath = by === 'state' ? stateIcon(name as State) : new vscode.ThemeIcon('symbol-namespace')
    return item
  }

  /** The text of a detail row. */
  valueOf({ value, atMs }: DetailRow): string {
    return atMs === undefined ? value : ago(this.#clock.wallMs() - atMs, vscode.env.language)
  }

  #detailItem(row: DetailRow): vscode.TreeItem {
    const { id, label, value, icon } = row
    const item = new vscode.TreeItem(label, None)
    item.id = id
    item.description = this.valueOf(row)
    item.tooltip = `${label}: ${value}`
    const { object, isHolder } = row
    const hasLogs = isHolder || object?.kind === 'Pod'
    item.contextValue = ['detail', ...(object ? ['object'] : []), ...(hasLogs ? ['logs'] : [])].join(';')
    item.iconPath = new vscode.ThemeIcon(icon)
    return item
  }

  #electionItem(row: ElectionRow): vscode.TreeItem {
    const { handle, id } = row
    const look = this.#lookOf(row)
    this.#said.set(row, textOf(look))
    const item = new vscode.TreeItem(short(handle.name), Collapsed)
    item.id = id
    item.resourceUri = uriOf(row)
    item.contextValue = look.context
    item.iconPath = stateIcon(look.state)
    item.description = look.description
    item.accessibilityInformation = {
      label: vscode.l10n.t('{0} in {1}: {2}, holder {3}', short(handle.name), short(handle.namespace), stateText(look.state), look.description),
    }
    return item
  }

  #lookOf(row: ElectionRow): ElectionLook {
    const isJoined = this.#facts.isJoined(row)
    const joined = this.#facts.isDebugged(row) ? 'joined;debugged' : isJoined ? 'joined' : 'apart'
    const isPinned = this.#facts.isElectionPinned(row)
    const view = row.handle.read()
    if (!view) return { context: `election;${joined}`, state: 'unknown', description: vscode.l10n.t('gone') }
    const { election, status } = view
    const isDriven = election.category === 'election' && election.record.strategy === null
    const context = [
      'election',
      ...(isDriven ? ['driven'] : []),
      ...(leaderOf(election.record) === '' ? [] : ['held']),
      isUnhealthy(status.state) ? 'silent' : 'well',
      joined,
      isPinned ? 'pinned' : 'unpinned',
    ].join(';')
    const namespace = this.#facts.isUnderNamespace() ? '' : `${short(election.namespace)} · `
    return { context, state: status.state, description: namespace + describe(election, isJoined, this.#facts.pause(row)) + (isPinned ? vscode.l10n.t(' · pinned') : '') }
  }
}

/** The text and the icon of an election row. */
interface ElectionLook {
  readonly context: string
  readonly state: State
  readonly description: string
}

function textOf({ context, state, description }: ElectionLook): string {
  return `${context} ${state} ${description}`
}

function describe(election: Election, isJoined: boolean, pause: LeasePause | undefined): string {
  const words = { noHolder: vscode.l10n.t('none'), failover: vscode.l10n.t('failing over'), block: vscode.l10n.t('blocked for maintenance') }
  const isHere = election.record.holderIdentity.startsWith(OWN_PREFIX)
  const here = !isHere ? '' : isJoined ? vscode.l10n.t('led by this window · ') : vscode.l10n.t('led from this machine · ')
  if (pause) return (pause.mode === 'held' ? vscode.l10n.t('led by this window · ') : '') + pauseText(pause)
  const lock = election.lock === 'lease' ? '' : ` · ${election.lock}`
  return here + electionDescription(election, words) + lock
}

function contextDescription({ state, restriction }: ClusterSession, isPinned: boolean): string {
  const pin = isPinned ? vscode.l10n.t('watched while hidden') : ''
  switch (state.phase) {
    case 'idle':
    case 'connecting':
      return vscode.l10n.t('connecting…')
    case 'failed':
      return vscode.l10n.t('cannot be read')
    case 'stale':
      if (state.error instanceof NotWatched) return vscode.l10n.t('as of {0}', timeOfDay(state.sinceWallMs))
      return vscode.l10n.t('stale since {0}', timeOfDay(state.sinceWallMs))
    case 'live':
      return restriction ? [namespacesText(restriction.namespaces), pin].filter(Boolean).join(' · ') : pin
  }
}

function namespacesText(names: readonly string[]): string {
  return names.length === 1 ? short(names[0]!) : vscode.l10n.t('{0} namespaces', names.length)
}

function problemItem({ id, session: { state, restriction } }: ProblemRow): vscode.TreeItem {
  const text = 'error' in state ? errorText(state.error) : restriction ? restrictionText(restriction) : ''
  const heading = 'error' in state ? problemHeading(state.error) : vscode.l10n.t('Only some namespaces')
  const item = new vscode.TreeItem(heading, None)
  item.id = id
  item.description = harmless(text, 200)
  item.contextValue = 'problem'
  item.iconPath = new vscode.ThemeIcon('error' in state ? 'warning' : 'info')
  item.tooltip = harmless(text, LONGEST_TEXT)
  item.command = { command: 'kubectlLeader.explain', title: vscode.l10n.t('Show Error') }
  return item
}

/** The error in a few words, because the side bar is narrow. */
function problemHeading(error: Error): string {
  switch (error instanceof ClusterError ? error.kind : null) {
    case 'config':
      return vscode.l10n.t('Invalid kubeconfig')
    case 'unauthorized':
      return vscode.l10n.t('Credentials rejected')
    case 'certificate':
      return vscode.l10n.t('Certificate rejected')
    case 'forbidden':
      return vscode.l10n.t('Not allowed')
    default:
      return vscode.l10n.t('Not connected')
  }
}

function stateIcon(state: State): vscode.ThemeIcon {
  const { icon, color } = stateLook(state)
  return new vscode.ThemeIcon(icon, color === null ? undefined : new vscode.ThemeColor(color))
}

function timeOfDay(wallMs: number): string {
  return new Date(wallMs).toLocaleTimeString()
}
