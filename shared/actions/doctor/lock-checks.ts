import { deletionText } from '../../lease/warnings.ts'
import type { ElectionEvidence } from './evidence.ts'
import type { Finding } from './finding.ts'
import { kubectlCommand, leaderCommand, referenceTo, settingsCommand } from './wording.ts'

/** Whether the candidates keep their election in two objects at once. */
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

/** Whether the object is about to disappear under its candidates. */
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

/** What is said of a lease that a program uses for something else: nothing here may touch it, so there is nothing to do. */
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
