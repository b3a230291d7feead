import type { AuditWrite } from './audit/audit-write.ts'
import type { SourceClock } from './clocks.ts'
import type { Conflict, Link, Sequence, Sighting, Step } from './step.ts'

/** A step whose place is found, but not yet how it follows the one before. */
type Placed = Omit<Step, 'link' | 'made'> & {
  made: number | null
  readonly replaced: number | null
  readonly isContinuous: boolean
  readonly isUncertain: boolean
}

/**
 * Puts the writes and sightings of one election in order: by the resourceVersion that each made or replaced, never by clock
 * (etcd makes resourceVersions in order). Only what names none, such as a delete, is placed by its time.
 */
export function orderSteps(
  writes: Iterable<AuditWrite>,
  sightings: readonly Sighting[],
  clocks: readonly SourceClock[],
): Sequence {
  const conflicts: Conflict[] = []
  const versioned: Placed[] = []
  const timed: Placed[] = []
  for (const write of writes) {
    const at = rangeOf(write, clocks[write.source])
    if (write.outcome === 'refused') {
      if (write.code === 409 && write.verb !== 'delete') conflicts.push({ at, write })
      continue
    }
    const { made, replaced, uid, result } = write
    const placed = { at, write, result, made, replaced, uid, isInferred: false, isContinuous: false, isUncertain: write.outcome === 'uncertain' }
    if (keyOf(placed) === null) timed.push(placed)
    else versioned.push(placed)
  }
  for (const sighting of unmatched(sightings, versioned)) {
    const { version, seenMs, record, uid, isContinuous, source } = sighting
    const offMs = clocks[source]?.offsetMs ?? 0
    const at = { fromMs: seenMs - offMs, toMs: seenMs - offMs }
    const result = record ? ({ known: 'record', record } as const) : ({ known: 'gone' } as const)
    const placed = { at, write: null, result, made: version, replaced: null, uid, isInferred: false, isContinuous, isUncertain: false }
    if (version === null) timed.push(placed)
    else versioned.push(placed)
  }
  versioned.sort((a, b) => keyOf(a)! - keyOf(b)! || a.at.fromMs - b.at.fromMs)
  timed.sort((a, b) => middleOf(a) - middleOf(b))
  const placed = withoutIneffective(insertTimed(versioned, timed))
  const uncertain = inferOutcomes(placed)
  return { steps: linkAll(placed.filter(({ isUncertain }) => !isUncertain)), conflicts: conflicts.sort((a, b) => a.at.fromMs - b.at.fromMs), uncertain }
}

function rangeOf({ receivedMs, completedMs }: AuditWrite, clock: SourceClock = { offsetMs: 0, uncertaintyMs: 0 }): Step['at'] {
  const { offsetMs, uncertaintyMs } = clock
  return { fromMs: receivedMs - offsetMs - uncertaintyMs, toMs: Math.max(completedMs ?? receivedMs, receivedMs) - offsetMs + uncertaintyMs }
}

/** The place among the versions: that which was made, or right after that which was replaced. */
function keyOf({ made, replaced }: Pick<Placed, 'made' | 'replaced'>): number | null {
  return made ?? (replaced === null ? null : replaced + 0.5)
}

function middleOf({ at }: Placed): number {
  return (at.fromMs + at.toMs) / 2
}

/**
 * Leaves out the sightings of what a write in an audit log made. If that log does not say which version its write made, an
 * unbroken recording does: the one that follows the replaced one.
 */
function unmatched(sightings: readonly Sighting[], versioned: Placed[]): readonly Sighting[] {
  if (versioned.length === 0) return sightings
  const made = new Set(versioned.flatMap(({ made }) => made ?? []))
  const indexOfReplaced = new Map(versioned.flatMap(({ made, replaced, isUncertain }, index) => (made === null && replaced !== null && !isUncertain ? [[replaced, index] as const] : [])))
  let before: number | null = null
  return sightings.filter((sighting) => {
    const previous = before
    before = sighting.version
    if (sighting.version === null) return true
    if (made.has(sighting.version)) return false
    const index = previous === null || !sighting.isContinuous ? undefined : indexOfReplaced.get(previous)
    if (index === undefined) return true
    const write = versioned[index]!
    versioned[index] = { ...write, made: sighting.version, uid: write.uid ?? sighting.uid, result: sighting.record ? { known: 'record', record: sighting.record } : write.result }
    return false
  })
}

function insertTimed(versioned: readonly Placed[], timed: readonly Placed[]): Placed[] {
  const steps = [...versioned]
  for (const step of timed) {
    let index = steps.findLastIndex((other) => middleOf(other) <= middleOf(step)) + 1
    if (isDeletion(step)) index = placeOfDeletion(steps, step, index)
    steps.splice(index, 0, step)
  }
  return steps
}

/** How far the clocks of API servers may be apart for a deletion to be placed where the object was replaced by another. */
const NEAR_MS = 10_000

/** After the last write of the object that it deleted; if that is not known, where one object follows another, near its time. */
function placeOfDeletion(steps: readonly Placed[], step: Placed, byTime: number): number {
  const last = step.uid === null ? -1 : steps.findLastIndex(({ uid }) => uid === step.uid)
  if (last !== -1) return last + 1
  const places = steps.flatMap((next, index) => {
    const before = steps[index - 1]
    const isReplaced = before !== undefined && !isDeletion(before) && (next.write?.verb === 'create' || (next.uid !== null && before.uid !== null && next.uid !== before.uid))
    const apartMs = Math.max(next.at.fromMs - step.at.toMs, 0) + Math.abs(middleOf(next) - middleOf(step))
    return isReplaced && apartMs <= NEAR_MS ? [{ index, apartMs }] : []
  })
  return places.sort((a, b) => a.apartMs - b.apartMs)[0]?.index ?? byTime
}

const isDeletion = ({ write }: Placed): boolean => write?.verb === 'delete' || write?.verb === 'deletecollection'

/** Decides, by the objects before and after, which deletes had an effect: a dry run is not marked as one at level Metadata. */
function withoutIneffective(steps: readonly Placed[]): Placed[] {
  return steps.flatMap((step, index) => {
    if (!isDeletion(step) || step.result.known === 'unchanged') return [step]
    const before = steps.slice(0, index).findLast(({ uid }) => uid !== null)?.uid ?? step.uid
    const next = steps.slice(index + 1).find(({ write, uid }) => uid !== null || write?.verb === 'create')
    const isReplaced = next !== undefined && (next.uid === null ? next.write?.verb === 'create' : before !== null && next.uid !== before)
    const survived = next !== undefined && next.uid !== null && next.uid === before
    if (survived) return []
    if (step.result.known === 'gone') return [step]
    if (isReplaced) return [{ ...step, result: { known: 'gone' } as const, isInferred: step.write?.verb === 'deletecollection' }]
    if (step.write?.verb === 'deletecollection') return []
    return [{ ...step, isUncertain: true }]
  })
}

/** Tells of uncertain writes whether they were made, as far as their neighbors show; returns those of which it stays unknown. */
function inferOutcomes(steps: Placed[]): Conflict[] {
  const certain = steps.filter(({ isUncertain }) => !isUncertain)
  const replaced = new Set(certain.flatMap((step) => step.replaced ?? []))
  const made = new Set(certain.flatMap((step) => step.made ?? []))
  const uncertain: Conflict[] = []
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index]!
    if (!step.isUncertain) continue
    // Another write replaced the same version, so this one was not made.
    if (step.replaced !== null && replaced.has(step.replaced)) continue
    const before = steps[index - 1]
    const next = steps[index + 1]
    const needed = next && !next.isUncertain ? next.replaced : null
    const fits = before === undefined || !before.isUncertain && (step.replaced === null || before.made === null || before.made === step.replaced)
    const isMissing = needed !== null && !made.has(needed) && (before?.made !== null || step.replaced !== null)
    const follows = before === undefined || before.made === null || (needed !== null && needed > before.made)
    if (fits && isMissing && follows && !isDeletion(step) && levelShows(steps)) {
      steps[index] = { ...step, made: needed, isUncertain: false, isInferred: true }
    } else {
      uncertain.push({ at: step.at, write: step.write! })
    }
  }
  return uncertain
}

/** Whether the log holds responses, so that a version that no write made is noticed. */
function levelShows(steps: readonly Placed[]): boolean {
  return steps.some(({ made, write }) => made !== null && write !== null)
}

function linkAll(steps: readonly Placed[]): Step[] {
  return steps.map((step, index): Step => {
    const { at, write, result, made, uid, isInferred } = step
    return { at, write, result, made, uid, isInferred, link: linkOf(step, steps[index - 1]) }
  })
}

function linkOf(step: Placed, before: Placed | undefined): Link {
  if (!before) return 'first'
  if (step.write === null) return step.isContinuous ? 'linked' : 'unwatched'
  const isCreation = step.write.verb === 'create' || step.write.code === 201
  if (before.result.known === 'gone') return isCreation || step.write.verb === 'delete' ? 'linked' : 'broken'
  if (isCreation) return 'broken'
  // Where a part of the log is lost, others than the inferred write may have written, too.
  if (before.isInferred) return 'unchecked'
  if (step.replaced === null || before.made === null) return 'unchecked'
  return step.replaced === before.made ? 'linked' : 'broken'
}
