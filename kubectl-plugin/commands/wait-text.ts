import type { WaitCondition } from '../../shared/actions/wait-condition.ts'
import type { WaitOutcome } from '../../shared/actions/wait.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { isBlock, isPlaceholder } from '../../shared/lease/placeholder.ts'
import { placeText, type ElectionRef } from '../../shared/lease/election-ref.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { Status } from '../../shared/lease/status.ts'
import { reasonText } from '../output/advice.ts'
import { formatAge } from '../output/duration.ts'
import { leaseDurationText } from '../output/election-text.ts'
import type { ElectionJson } from '../output/election-json.ts'

const LONGEST_TEXT = 300

/** One sentence for a condition that was met. */
export function metText(target: ElectionRef, { election, firstHolderIdentity }: WaitOutcome, condition: WaitCondition): string {
  const subject = subjectText(target)
  const holder = shown(election?.record.holderIdentity ?? '')
  switch (condition.for) {
    case 'held':
    case 'holder':
      return `${subject} is held by ${holder}.`
    case 'changed':
      return `${subject} is now held by ${holder}. ${firstHolderIdentity === '' ? 'It had no holder at the start' : `The holder at the start was ${shown(firstHolderIdentity)}`}.`
    case 'free':
      if (!election) return `${subject} is free: it does not exist.`
      if (election.record.holderIdentity === '') return `${subject} is free: it has no holder.`
      return `${subject} is free: the lease of ${holder} expired after ${leaseDurationText(election.record.leaseDurationSeconds)} without a renewal.`
  }
}

/** One sentence for a condition that was not met: what was observed instead. */
export function unmetText(target: ElectionRef, { election, status, view }: WaitOutcome, nowMs: number): string {
  const subject = subjectText(target)
  const stale =
    view.staleSinceMs === null
      ? ''
      : ` This is stale: the connection was lost ${formatAge(nowMs - view.staleSinceMs)} ago: ${shown(reasonText(view) ?? '')}`
  if (!election || !status) return `${subject} does not exist.${stale}`
  return `${subject} ${holderText(election, status)}.${stale}`
}

/** The machine output for an election that does not exist. */
export function missingElectionJson({ lock, namespace, name }: ElectionRef): ElectionJson {
  return {
    namespace,
    name,
    lock,
    category: 'election',
    holderIdentity: '',
    holder: null,
    state: 'released',
    basis: 'observed',
    leaseDurationSeconds: null,
    leaseTransitions: 0,
    acquireTime: null,
    renewTime: null,
    expiresInSeconds: null,
    resourceVersion: '',
    creationTimestamp: null,
    warnings: [{ code: 'notFound', message: 'The object does not exist.' }],
  }
}

function holderText({ record }: Election, { state, basis, unchangedForMs, isChangeSeen }: Status): string {
  const holder = shown(record.holderIdentity)
  if (record.holderIdentity === '') return 'has no holder'
  if (isPlaceholder(record.holderIdentity)) return 'is blocked by a failover in progress'
  if (isBlock(record.holderIdentity)) return 'is blocked for maintenance'
  if (basis === 'recorded' || unchangedForMs === null) return `names ${holder} as its holder, but no renewal was observed`
  const renewed = isChangeSeen ? `last renewal ${formatAge(unchangedForMs)} ago` : `no renewal observed in ${formatAge(unchangedForMs)}`
  return state === 'expired' ? `was held by ${holder} and has expired (${renewed})` : `is held by ${holder} (${renewed})`
}

function subjectText({ lock, namespace, name }: ElectionRef): string {
  const text = placeText({ lock, namespace: shown(namespace), name: shown(name) })
  return `${text[0]!.toUpperCase()}${text.slice(1)}`
}

function shown(text: string): string {
  return harmless(text, LONGEST_TEXT)
}
