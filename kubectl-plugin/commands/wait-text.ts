import type { WaitCondition, WaitOutcome, WaitTarget } from '../../shared/actions/index.ts'
import { harmless, isPlaceholder, type Election, type Status } from '../../shared/lease/index.ts'
import { reasonText } from '../output/advice.ts'
import { formatAge } from '../output/duration.ts'
import type { ElectionJson } from '../output/election-json.ts'

const LONGEST_TEXT = 300

/** One sentence on a wait that came true. */
export function metText(target: WaitTarget, { election, firstHolderIdentity }: WaitOutcome, condition: WaitCondition): string {
  const subject = subjectText(target)
  const holder = shown(election?.record.holderIdentity ?? '')
  switch (condition.for) {
    case 'held':
    case 'holder':
      return `${subject} is held by ${holder}.`
    case 'changed':
      return `${subject} is now held by ${holder}, after ${shown(firstHolderIdentity)}.`
    case 'free':
      if (!election) return `${subject} is free: there is no such object.`
      if (election.record.holderIdentity === '') return `${subject} is free: nobody holds it.`
      return `${subject} is free: ${holder} has not renewed it for ${election.record.leaseDurationSeconds}s.`
  }
}

/** One sentence on what was seen instead of what was waited for. */
export function unmetText(target: WaitTarget, { election, status, view }: WaitOutcome, nowMs: number): string {
  const subject = subjectText(target)
  const stale =
    view.staleSinceMs === null
      ? ''
      : ` That is from ${formatAge(nowMs - view.staleSinceMs)} ago, when the connection was lost: ${shown(reasonText(view) ?? '')}`
  if (!election || !status) return `${subject} does not exist.${stale}`
  return `${subject} ${holderText(election, status)}.${stale}`
}

/** What stands in machine output for an election that does not exist: nobody holds it. */
export function missingElectionJson({ lock, namespace, name }: WaitTarget): ElectionJson {
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
    warnings: [{ code: 'notFound', message: 'There is no such object.' }],
  }
}

function holderText({ record }: Election, { state, basis, unchangedForMs }: Status): string {
  const holder = shown(record.holderIdentity)
  if (record.holderIdentity === '') return 'is held by nobody'
  if (isPlaceholder(record.holderIdentity)) return 'is held back by a failover that is under way'
  if (basis === 'recorded' || unchangedForMs === null) return `names ${holder} as its holder, which was not seen to renew it`
  const renewed = `${formatAge(unchangedForMs)} ago`
  return state === 'expired' ? `was held by ${holder}, whose last sign was ${renewed}` : `is held by ${holder}, which renewed it ${renewed}`
}

function subjectText({ lock, namespace, name }: WaitTarget): string {
  return `${lock[0]!.toUpperCase()}${lock.slice(1)} "${shown(name)}" in namespace "${shown(namespace)}"`
}

function shown(text: string): string {
  return text === '' ? 'nobody' : harmless(text, LONGEST_TEXT)
}
