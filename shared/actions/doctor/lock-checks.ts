import { deletionText } from '../../lease/warnings.ts'
import type { ElectionEvidence } from './evidence.ts'
import type { Finding } from './finding.ts'
import { kubectlCommand, leaderCommand, referenceTo, settingsCommand } from './wording.ts'

/** Whether the candidates use a multi-lock: two objects at once. */
export function* checkLock({ election, otherHalf, holder }: ElectionEvidence): Generator<Finding> {
  if (otherHalf === null) return
  const where = otherHalf === 'unknown' ? 'another object' : `the ${otherHalf} with the same name`
  yield {
    code: 'multiLock',
    severity: 'warning',
    election: referenceTo(election),
    message:
      `This is half of a multi-lock: its candidates also hold ${where}, and lead only when they hold both. It cannot be joined or moved, ` +
      'and client-go removed multi-locks in 0.24. Configure the candidates to use the Lease alone.',
    evidence: { lock: election.lock, otherLock: otherHalf, holderIdentity: election.record.holderIdentity },
    remedy: settingsCommand(election, holder?.owner ?? null),
  }
}

/** Whether the object is being deleted. */
export function* checkDeletion({ election }: ElectionEvidence): Generator<Finding> {
  const { deletion, record } = election
  if (!deletion) return
  const { timestamp, finalizers } = deletion
  yield {
    code: 'beingDeleted',
    severity: 'warning',
    election: referenceTo(election),
    message:
      `${deletionText(deletion)} Another candidate can then create it again and lead, while the old leader may still be working.`,
    evidence: { deletionTimestamp: timestamp, finalizers, holderIdentity: record.holderIdentity },
    remedy: kubectlCommand('get', election.namespace, [`${election.lock}/${election.name}`], { o: 'yaml' }),
  }
}

/** Reports a lease that is not a leader election. No command may write it, so there are no other checks. */
export function* checkOtherUse({ election }: ElectionEvidence): Generator<Finding> {
  yield {
    code: 'notAnElection',
    severity: 'info',
    election: referenceTo(election),
    message: 'This is not a leader election. A program uses the object for something else, so it was not checked.',
    evidence: { category: election.category, holderIdentity: election.record.holderIdentity },
    remedy: leaderCommand('describe', election),
  }
}
