import { durationText } from '../../duration.ts'
import { timestampMs } from '../../lease/timestamp.ts'
import type { ElectionEvidence, Surroundings } from './evidence.ts'
import type { Finding } from './finding.ts'
import { presentTerm, type Trail } from './trail.ts'
import { inSeconds, leaderCommand, referenceTo, run } from './wording.ts'

/** Clocks differ by this much even on well-maintained machines, and the Date of a response has whole seconds. */
const TOLERATED_MS = 3_000

const HARMLESS =
  'The election is not affected, because candidates measure how long the record stays unchanged. Only the recorded times are misleading.'

/** Whether the holder's clock differs from the API server's, or, if that is not known, from this machine's. */
export function* checkHolderClock({ election, trail, holder }: ElectionEvidence, { aheadOfServerMs }: Surroundings): Generator<Finding> {
  const behindUsMs = behindMs(trail)
  if (behindUsMs === null) return
  const behind = behindUsMs - (aheadOfServerMs ?? 0)
  if (Math.abs(behind) <= TOLERATED_MS) return
  const comparedTo = aheadOfServerMs === null ? "this machine's" : "the API server's"
  yield {
    code: 'holderClockDiffers',
    severity: 'warning',
    election: referenceTo(election),
    message: `The holder's clock is ${durationText(Math.abs(behind))} ${behind > 0 ? 'behind' : 'ahead of'} ${comparedTo}. ${HARMLESS}`,
    evidence: {
      holderIdentity: election.record.holderIdentity,
      holderBehindSeconds: inSeconds(behind),
      comparedTo: aheadOfServerMs === null ? 'local' : 'apiserver',
      renewTime: election.record.renewTime,
    },
    remedy:
      !holder?.node
        ? leaderCommand('describe', election)
        : run({
            program: 'kubectl',
            verb: 'debug',
            operands: [`node/${holder.node}`],
            options: { i: true, t: true, image: 'busybox' },
            inContainer: ['chroot', '/host', 'timedatectl'],
          }),
  }
}

/** Whether this machine's clock differs from the API server's. */
export function* checkLocalClock({ aheadOfServerMs }: Surroundings): Generator<Finding> {
  if (aheadOfServerMs === null || Math.abs(aheadOfServerMs) <= TOLERATED_MS) return
  yield {
    code: 'localClockDiffers',
    severity: 'warning',
    election: null,
    message:
      `This machine's clock is ${durationText(Math.abs(aheadOfServerMs))} ${aheadOfServerMs > 0 ? 'ahead of' : 'behind'} the API server's. ` +
      'Values marked with "~" are wrong by that amount.',
    evidence: { aheadOfServerSeconds: inSeconds(aheadOfServerMs) },
    remedy: run({ program: 'sudo', verb: 'timedatectl set-ntp true' }),
  }
}

/**
 * How many milliseconds the holder's clock is at most behind this machine's, or, if negative, at least ahead of it: a
 * renewal arrives some time after its renew time. Null if no renewal was observed.
 */
function behindMs(trail: Trail): number | null {
  const came = presentTerm(trail).filter(
    (sighting) => sighting !== trail[0] && !sighting.isAfterBreak && sighting.record.holderIdentity !== '',
  )
  const delays = came.flatMap(({ record, wallMs }) => {
    const writtenAtMs = timestampMs(record.renewTime)
    return writtenAtMs === null ? [] : [wallMs - writtenAtMs]
  })
  return delays.length === 0 ? null : Math.min(...delays)
}
