import type { ElectionEvidence } from './evidence.ts'
import type { Finding } from './finding.ts'
import { referenceTo, settingsCommand } from './wording.ts'

/** Whether the candidates keep their election in two objects at once. */
export function* checkLock({ election, otherHalf, holder }: ElectionEvidence): Generator<Finding> {
  if (otherHalf === null) return
  const where = otherHalf === 'unknown' ? 'another object' : `the ${otherHalf} of that name`
  yield {
    code: 'multiLock',
    severity: 'warning',
    election: referenceTo(election),
    message:
      `This is half of a multi-lock: its candidates hold ${where} as well, and lead only with both. It can't be joined or moved, and ` +
      'client-go has dropped it in 0.24. Have them use the lease alone.',
    evidence: { lock: election.lock, otherLock: otherHalf, holderIdentity: election.record.holderIdentity },
    command: settingsCommand(election, holder?.owner ?? null),
  }
}
