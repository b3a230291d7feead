import type { AppliedWrite } from '../store.ts'
import type { Authorship } from './authorship.ts'
import { isRelease, waitMs, type SentWrite, type Timings } from './candidate-state.ts'

/** Arithmetic. */
const EPSILON_MS = 0.01

/** S3 and S4, and S2 for a standby: what is wrong with a write of a candidate of ours. */
export function faultsOfWrite(sent: SentWrite, write: AppliedWrite, timings: Timings, authorship: Authorship): string[] {
  const { by, record } = sent
  const name = by.process.name
  const before = write.before?.record
  const faults = faultsOfComparison(sent, write)
  if (record.holderIdentity === '') {
    if (!by.releaseOnCancel) faults.push(`${name} released although it is not to`)
    if (sent.hadWorkUnderWay) faults.push(`S4: ${name} released while its work went on`)
    if (before?.holderIdentity !== by.identity && !isMistaken(sent, write)) faults.push(`S3: ${name} released what was not its own`)
    return faults
  }
  if (isMistaken(sent, write)) return faults
  const isOwn = write.before !== null && authorship.authorOf(write.before.serial) === name
  // What a release of another duration looks like, too: a term that had just begun, emptied by hand.
  const seemsReleased = before?.holderIdentity === '' && before.acquireTime === before.renewTime
  const mayAtOnce = isOwn || seemsReleased || authorship.isHandedOver(write.before) || isRelease(before ?? by.record)
  if (!mayAtOnce && sent.unchangedForMs < waitMs(timings, before ?? null) - EPSILON_MS) {
    const heldBy = before?.holderIdentity ?? 'nobody'
    faults.push(`S2: ${name} took over from ${heldBy} after ${Math.round(sent.unchangedForMs)} ms`)
  }
  if (sent.wasUnhealthy && !sent.hadWorkUnderWay) {
    const freeAfterMs = isOwn || seemsReleased || isRelease(before ?? by.record) ? 0 : waitMs(timings, before ?? null)
    if (sent.unchangedForMs < freeAfterMs + by.graceMs! - EPSILON_MS) faults.push(`H: ${name} acquired while unhealthy, ${Math.round(sent.unchangedForMs)} ms after the last change`)
  }
  const isSame = before?.holderIdentity === by.identity
  const transitions = before ? before.leaseTransitions + (isSame ? 0 : 1) : 0
  if (record.leaseTransitions !== transitions) faults.push(`${name} counted ${record.leaseTransitions} transitions`)
  if (isSame && record.acquireTime !== before.acquireTime) faults.push(`${name} lost its acquire time`)
  return faults
}

/** What is wrong with saying, beside a placeholder, that one's work has ended. */
export function faultsOfAcknowledgement(sent: SentWrite, write: AppliedWrite): string[] {
  const { by } = sent
  const name = by.process.name
  const faults = faultsOfComparison(sent, write)
  if (sent.hadWorkUnderWay) faults.push(`S4: ${name} acknowledged while its work went on`)
  if (write.after?.acknowledgement?.identity !== by.identity) faults.push(`${name} acknowledged for another`)
  return faults
}

/** Every write is compared with a state that its sender has seen, and keeps what stands beside the record. */
function faultsOfComparison(sent: SentWrite, write: AppliedWrite): string[] {
  const { by, base, wasReadBefore } = sent
  const { before, after } = write
  const name = by.process.name
  const faults: string[] = []
  if (base?.version === '') faults.push(`S3: ${name} wrote without comparing`)
  if (!wasReadBefore) faults.push(`S3: ${name} compared with a version that it had not seen`)
  if (before && before.labels !== after?.labels && !isMistaken(sent, write)) faults.push(`S3: ${name} lost labels`)
  return faults
}

/** Storage that was restored can bring a version back, with something else under it: no comparison can tell. */
export function isMistaken({ base }: SentWrite, { before }: AppliedWrite): boolean {
  const serial = serialOf(base?.handle)
  return base !== null && base.version !== '' && serial !== undefined && serial !== before?.serial
}

export function serialOf(handle: unknown): number | undefined {
  return (handle as { readonly serial?: number } | undefined)?.serial
}
