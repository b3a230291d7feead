import { harmless } from '../../shared/lease/harmless.ts'
import { nameLabel } from '../watch/event-line.ts'
import { STATE_COLOR } from './color.ts'
import type { ElectionRow } from './election-row.ts'
import { acquiredText, ageText, expiresText, leaseDurationText, NONE, renewedText, stateText } from './election-text.ts'
import type { Column } from './table.ts'

/** The choice of columns for `list`. */
export interface ColumnChoice {
  readonly hasNamespace: boolean
  readonly isWide: boolean
  /** Whether the rows include leases that are not leader elections. */
  readonly hasCategory: boolean
  /** Whether the rows include coordinated elections. */
  readonly hasStrategy: boolean
  /** Labels that get their own column. */
  readonly labelColumns: readonly string[]
  readonly hasLabels: boolean
}

/** The columns of `list`, from left to right. */
export function electionColumns(choice: ColumnChoice): readonly Column<ElectionRow>[] {
  return [
    ...(choice.hasNamespace ? [NAMESPACE] : []),
    ...BASE,
    ...(choice.hasCategory ? [CATEGORY] : []),
    ...(choice.isWide ? WIDE : []),
    ...(choice.isWide && choice.hasStrategy ? [STRATEGY, PREFERRED] : []),
    ...choice.labelColumns.map(labelColumn),
    ...(choice.hasLabels ? [LABELS] : []),
  ]
}

const NAMESPACE: Column<ElectionRow> = {
  heading: 'NAMESPACE',
  cell: ({ election }) => harmless(election.namespace) || NONE,
  narrowest: 10,
}

const BASE: readonly Column<ElectionRow>[] = [
  { heading: 'NAME', cell: ({ election }) => nameLabel(election) || NONE, narrowest: 18 },
  { heading: 'HOLDER', cell: ({ election }) => harmless(election.record.holderIdentity) || NONE, narrowest: 14 },
  { heading: 'STATE', cell: ({ status }) => stateText(status), color: ({ status }) => STATE_COLOR[status.state] },
  { heading: 'RENEWED', cell: ({ status }) => renewedText(status) },
  { heading: 'EXPIRES', cell: ({ status }) => expiresText(status) },
  { heading: 'TRANSITIONS', cell: ({ election }) => String(election.record.leaseTransitions) },
  { heading: 'AGE', cell: ({ election, wallMs }) => ageText(election.creationTimestamp, wallMs) },
]

const CATEGORY: Column<ElectionRow> = { heading: 'CATEGORY', cell: ({ election }) => election.category }

const WIDE: readonly Column<ElectionRow>[] = [
  { heading: 'POD', cell: podText },
  { heading: 'NODE', cell: ({ holder }) => harmless(holder?.node ?? '') || NONE },
  { heading: 'OWNER', cell: ownerText },
  { heading: 'LOCK', cell: ({ election }) => election.lock },
  { heading: 'DURATION', cell: ({ election }) => leaseDurationText(election.record.leaseDurationSeconds) },
  { heading: 'ACQUIRED', cell: ({ election, wallMs }) => acquiredText(election.record.acquireTime, wallMs) },
]

/** Only coordinated elections have a strategy and a preferred holder. */
const STRATEGY: Column<ElectionRow> = {
  heading: 'STRATEGY',
  cell: ({ election }) => harmless(election.record.strategy ?? '') || NONE,
}

const PREFERRED: Column<ElectionRow> = {
  heading: 'PREFERRED',
  cell: ({ election }) => harmless(election.record.preferredHolder ?? '') || NONE,
}

const LABELS: Column<ElectionRow> = {
  heading: 'LABELS',
  cell: ({ election }) =>
    Object.entries(election.labels)
      .map(([key, value]) => harmless(`${key}=${value}`))
      .join(',') || NONE,
}

/** A label's column. The heading is the last part of its key, as in kubectl. */
function labelColumn(key: string): Column<ElectionRow> {
  return {
    heading: key.slice(key.lastIndexOf('/') + 1).toUpperCase(),
    cell: ({ election }) => harmless(election.labels[key] ?? '') || NONE,
  }
}

/** `?` marks a Pod that was inferred. */
function podText({ holder, election }: ElectionRow): string {
  if (holder?.kind !== 'Pod' || holder.name === null) return NONE
  const place = holder.namespace !== null && holder.namespace !== election.namespace ? `${holder.namespace}/` : ''
  return harmless(`${place}${holder.name}`) + (holder.confidence === 'exact' ? '' : '?')
}

function ownerText({ holder }: ElectionRow): string {
  return holder?.owner ? harmless(`${holder.owner.kind}/${holder.owner.name}`) : NONE
}
