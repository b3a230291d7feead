import type { ElectionDetails } from '../../shared/cluster/elections/election-details.ts'
import { candidatesOf } from '../../shared/candidates/candidates-of.ts'
import { withAdvice } from './advice.ts'
import { candidateColumns, choiceText, podState } from './candidate-columns.ts'
import type { PodFacts } from '../../shared/cluster/holders/pods.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Deletion, Election } from '../../shared/lease/election.ts'
import type { Status } from '../../shared/lease/status.ts'
import type { Warning } from '../../shared/lease/warnings.ts'
import { STATE_COLOR, colored } from './color.ts'
import { acquiredText, ageText, expiresText, leaseDurationText, NONE, renewedText, stateText, UNKNOWN } from './election-text.ts'
import { tableLines, type Column } from './table.ts'

/** The data that `describe` prints. */
export interface Description {
  readonly details: ElectionDetails
  readonly status: Status
  readonly warnings: readonly Warning[]
  /** The wall clock when it was read. */
  readonly wallMs: number
  readonly isColored: boolean
  /** The command that observes this election. */
  readonly watchCommand: string
}

/** The text of `describe`, in the style of `kubectl describe`. */
export function* describeLines(description: Description): Generator<string> {
  const { details, warnings, wallMs } = description
  yield* fields([...identityFields(description), ...timeFields(description), ...objectFields(details.election, wallMs)])
  yield* holderLines(description)
  yield* candidateLines(description)
  yield* section('Warnings', warnings.map(({ code, message }) => `  ${code}: ${harmless(message, LONGEST)}`))
  yield* noticeLines(description)
  if (details.gaps.length > 0) yield* section('Could Not Check', details.gaps.map((gap) => `  ${harmless(withAdvice(gap), LONGEST)}`))
}

type Field = readonly [heading: string, text: string | readonly string[]]

const LONGEST = 4_000
const FIELD_WIDTH = 18

function identityFields({ details, status, isColored }: Description): readonly Field[] {
  const { election } = details
  const { record } = election
  const state = isColored ? colored(stateText(status), STATE_COLOR[status.state]) : stateText(status)
  return [
    ['Name', harmless(election.name)],
    ['Namespace', harmless(election.namespace)],
    ['Lock', election.lock],
    ...(election.category === 'election' ? [] : [['Category', election.category] as const]),
    ['Holder', harmless(record.holderIdentity, LONGEST) || NONE],
    ['State', state],
  ]
}

function timeFields({ details, status, wallMs, watchCommand }: Description): readonly Field[] {
  const { record } = details.election
  const isRecorded = status.basis === 'recorded' && record.holderIdentity !== ''
  return [
    ...(isRecorded ? [['', `(~ uses the holder's clock. To see actual renewals, run: ${watchCommand})`] as const] : []),
    ['Renewed', withTime(ago(renewedText(status)), record.renewTime)],
    ['Expires', status.expiresInMs !== null && status.expiresInMs > 0 ? `in ${expiresText(status)}` : expiresText(status)],
    ['Lease Duration', leaseDurationText(record.leaseDurationSeconds)],
    ['Acquired', withTime(ago(acquiredText(record.acquireTime, wallMs)), record.acquireTime)],
    ['Transitions', String(record.leaseTransitions)],
    ...(record.strategy === null ? [] : [['Strategy', `${harmless(record.strategy)} (the API server chooses the leader)`] as const]),
    ...(record.preferredHolder === null ? [] : [['Preferred Holder', harmless(record.preferredHolder)] as const]),
  ]
}

function objectFields(election: Election, wallMs: number): readonly Field[] {
  return [
    ...(election.deletion === null ? [] : [['Deletion', deletionLine(election.deletion, wallMs)] as const]),
    ['Age', withTime(ageText(election.creationTimestamp, wallMs), election.creationTimestamp)],
    ['Labels', pairs(election.labels)],
    ['Annotations', pairs(election.annotations)],
  ]
}

function deletionLine({ timestamp, finalizers }: Deletion, wallMs: number): string {
  const waiting = finalizers.length === 0 ? '' : `; finalizers: ${harmless(finalizers.join(', '), LONGEST)}`
  return `${withTime(`marked ${ageText(timestamp, wallMs)} ago`, timestamp)}${waiting}`
}

function* holderLines({ details, wallMs }: Description): Generator<string> {
  const { holder, node, owners } = details
  if (!holder) return
  yield* section('Held By', [])
  if (holder.kind === 'Unknown') {
    yield `  unknown (${holder.because.text})`
    return
  }
  const place = holder.namespace === null ? '' : `${harmless(holder.namespace)}/`
  const readiness = node ? ` (${node.isReady ? 'ready' : 'not ready'})` : ''
  const chain = [...owners].reverse()
  if (holder.owner && !chain.some(({ kind, name }) => kind === holder.owner?.kind && name === holder.owner.name)) chain.unshift(holder.owner)
  yield* fields(
    [
      [holder.kind, `${place}${harmless(holder.name ?? '')} (${holder.confidence}: ${holder.because.text})`],
      ...(holder.pod ? [['Status', podStatus(holder.pod, wallMs)] as const] : []),
      ...(holder.kind !== 'Node' && holder.node !== null ? [['Node', harmless(holder.node) + readiness] as const] : []),
      ...(holder.kind === 'Node' && node ? [['Status', node.isReady ? 'ready' : 'not ready'] as const] : []),
      ...(chain.length > 0 ? [['Owner', chain.map(({ kind, name }) => harmless(`${kind}/${name}`)).join(' > ')] as const] : []),
    ],
    '  ',
  )
}

function* candidateLines({ details, wallMs }: Description): Generator<string> {
  const candidates = candidatesOf(details)
  if (candidates.every(({ isLeader }) => isLeader)) return
  const columns = candidateColumns(candidates, { wallMs, preferredHolder: details.election.record.preferredHolder })
  const choice = choiceText(details.leaseCandidates)
  const lines = [...tableLines(columns, candidates, INNER), ...(choice === null ? [] : [`The API server would choose: ${choice}`])]
  yield* section('Candidates', lines.map((line) => `  ${line}`))
}

function* noticeLines({ details: { notices }, wallMs }: Description): Generator<string> {
  const columns: readonly Column<(typeof notices)[number]>[] = [
    { heading: '  AGE', cell: ({ lastTime, count }) => `  ${ageText(lastTime, wallMs)}${count > 1 ? ` (x${count})` : ''}` },
    { heading: 'TYPE', cell: ({ type }) => harmless(type) || NONE },
    { heading: 'REASON', cell: ({ reason }) => harmless(reason) || NONE },
    { heading: 'MESSAGE', cell: ({ message }) => harmless(message, LONGEST) || NONE },
  ]
  yield* section('Events', notices.length === 0 ? [] : tableLines(columns, notices.slice(0, MOST_NOTICES), INNER))
  if (notices.length > MOST_NOTICES) yield `  (${notices.length - MOST_NOTICES} older Events are not shown)`
}

const INNER = { width: null, hasHeadings: true, isColored: false } as const
const MOST_NOTICES = 20

function* section(heading: string, lines: Iterable<string>): Generator<string> {
  let isFirst = true
  for (const line of lines) {
    if (isFirst) yield `${heading}:`
    isFirst = false
    yield line
  }
  if (isFirst) yield heading === 'Held By' ? `${heading}:` : `${`${heading}:`.padEnd(FIELD_WIDTH)}${NONE}`
}

function* fields(all: readonly Field[], indent = ''): Generator<string> {
  for (const [heading, text] of all) {
    const [first = NONE, ...others] = typeof text === 'string' ? [text] : text
    yield `${indent}${heading === '' ? '' : `${heading}:`}`.padEnd(FIELD_WIDTH) + first
    for (const other of others) yield ' '.repeat(FIELD_WIDTH) + other
  }
}

function pairs(entries: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(entries).map(([key, value]) => harmless(`${key}=${value}`, LONGEST))
}

function withTime(text: string, timestamp: string | null): string {
  return timestamp === null ? text : `${text} (${harmless(timestamp, 64)})`
}

/** `~3s ago`, but `~in 5s` and `<none>`. */
function ago(text: string): string {
  return text.includes('in ') || text === NONE || text === UNKNOWN ? text : `${text} ago`
}

function podStatus(pod: PodFacts, wallMs: number): string {
  const started = pod.startTime === null ? '' : `, started ${ageText(pod.startTime, wallMs)} ago`
  return `${podState(pod)}${started}, ${pod.restarts} ${pod.restarts === 1 ? 'restart' : 'restarts'}`
}
