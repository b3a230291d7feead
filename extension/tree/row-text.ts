import { holderReadings } from '../../shared/lease/holder.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { isBlock, leaderOf } from '../../shared/lease/placeholder.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { State, Status } from '../../shared/lease/status.ts'

/** How a state looks: a codicon, and a color of the theme (null: the default). */
export interface StateLook {
  readonly icon: string
  readonly color: string | null
}

const LOOKS: Readonly<Record<State, StateLook>> = {
  held: { icon: 'pass-filled', color: 'testing.iconPassed' },
  late: { icon: 'warning', color: 'problemsWarningIcon.foreground' },
  expired: { icon: 'error', color: 'problemsErrorIcon.foreground' },
  released: { icon: 'circle-large-outline', color: null },
  blocked: { icon: 'shield', color: 'problemsInfoIcon.foreground' },
  unknown: { icon: 'question', color: 'disabledForeground' },
}

export function stateLook(state: State): StateLook {
  return LOOKS[state]
}

/** Whether a state needs attention. */
export function isUnhealthy(state: State): boolean {
  return state === 'late' || state === 'expired'
}

const LONGEST_NAME = 100
/** The end of a Pod's name after its Deployment's: the template hash and five characters (apimachinery `rand.String`). */
const POD_OF_DEPLOYMENT = /^[bcdfghjklmnpqrstvwxz2456789]{4,10}-([bcdfghjklmnpqrstvwxz2456789]{5})$/

/** Text from the cluster as a row shows it. */
export function short(text: string): string {
  return harmless(text, LONGEST_NAME)
}

/**
 * The part of a holder identity that distinguishes candidates, short enough for a row. It leaves out the random part of
 * each process, if the identity shows where it begins, the election's own name at the beginning, and the hash that the
 * Pods of one Deployment have in common.
 */
export function shortHolder(identity: string, electionName: string): string {
  const [reading] = holderReadings(identity, electionName)
  const name = reading?.isDelimited && reading.isPerProcess ? reading.name : identity
  if (!name.startsWith(`${electionName}-`)) return short(name)
  const rest = name.slice(electionName.length + 1)
  return `…${short(POD_OF_DEPLOYMENT.exec(rest)?.[1] ?? rest)}`
}

/** The text after an election's name: `node-b ↻18`. */
export function electionDescription({ record, name }: Election, words: { readonly noHolder: string; readonly failover: string; readonly block: string }): string {
  const { holderIdentity, leaseTransitions } = record
  const leader = leaderOf(record)
  const holder =
    leader !== '' ? shortHolder(leader, name) : holderIdentity === '' ? words.noHolder : isBlock(holderIdentity) ? words.block : words.failover
  return `${holder}  ↻${leaseTransitions}`
}

/**
 * The time until an election expires in the two characters that a badge has room for: `14` seconds, `2m`, `3h`, `5d`
 * (rounded down, and `1h` below that); `!` if it has expired. Null if there is nothing that can expire.
 */
export function countdownBadge({ state, expiresInMs }: Status): string | null {
  if (state === 'expired') return '!'
  if (expiresInMs === null) return null
  const seconds = Math.max(0, Math.ceil(expiresInMs / 1000))
  if (seconds < 100) return String(seconds)
  return inUnit(seconds / 60, 'm') ?? inUnit(seconds / 3600, 'h') ?? inUnit(seconds / 86_400, 'd') ?? '∞'
}

function inUnit(count: number, unit: string): string | null {
  const whole = Math.max(1, Math.floor(count))
  return whole < 10 ? `${whole}${unit}` : null
}
