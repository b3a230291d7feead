import { timestampMs } from '../../shared/lease/timestamp.ts'
import type { State } from '../../shared/lease/status.ts'
import { CommandError } from '../exit-code.ts'
import { electionJson, type ElectionJson } from './election-json.ts'
import type { ElectionRow } from './election-row.ts'

type Key = string | number | null

/** States that need attention come first. */
const STATES: Readonly<Record<State, number>> = { expired: 0, late: 1, unknown: 2, blocked: 3, released: 4, held: 5 }

const KEYS: Readonly<Record<string, (row: ElectionRow) => Key>> = {
  name: ({ election }) => election.name,
  namespace: ({ election }) => election.namespace,
  holder: ({ election }) => election.record.holderIdentity,
  state: ({ status }) => STATES[status.state],
  renewed: ({ election }) => timestampMs(election.record.renewTime),
  expires: ({ status }) => status.expiresInMs,
  transitions: ({ election }) => election.record.leaseTransitions,
  age: ({ election }) => timestampMs(election.creationTimestamp),
}

/** The fields of machine output to sort by, in addition to the columns. */
const FIELDS = [
  'namespace', 'name', 'lock', 'category', 'holderIdentity', 'state', 'basis', 'leaseDurationSeconds', 'leaseTransitions',
  'acquireTime', 'renewTime', 'expiresInSeconds', 'resourceVersion', 'creationTimestamp',
] as const satisfies readonly (keyof ElectionJson)[]

/**
 * The order for `--sort-by`: by a column, or by a field of machine output (also in kubectl's forms `.field` and
 * `{.field}`). It is ascending, with missing values last, and equal values are sorted by namespace and name.
 *
 * @throws CommandError if the column or field does not exist.
 */
export function electionOrder(sortBy: string | undefined): (a: ElectionRow, b: ElectionRow) => number {
  if (sortBy === undefined) return byPlace
  const wanted = sortBy.replace(/^\{?\.?([^{}]*)\}?$/, '$1')
  const field = FIELDS.find((name) => name === wanted)
  const key = Object.hasOwn(KEYS, wanted) ? KEYS[wanted]! : field && ((row: ElectionRow) => electionJson(row.election, row.status)[field])
  if (!key) throw new CommandError(`Cannot sort by "${sortBy}". Use one of ${Object.keys(KEYS).join(', ')}, or a field of -o json.`)
  return (a, b) => compare(key(a), key(b)) || byPlace(a, b)
}

function byPlace({ election: a }: ElectionRow, { election: b }: ElectionRow): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name) || compare(a.lock, b.lock)
}

function compare(a: Key, b: Key): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return a < b ? -1 : 1
}
