import type { StoredElection } from '../../shared/cluster/list-watch/store.ts'
import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { leaseDurationMs } from '../../shared/lease/record.ts'
import type { Status } from '../../shared/lease/status.ts'
import { expiresText, NONE, renewedText } from '../output/election-text.ts'
import { nameLabel } from './event-line.ts'
import { cut } from '../../shared/text-columns.ts'
import type { Paint } from './paint.ts'

const LABEL_WIDTH = 16

/** All fields of one election's record, one per line. */
export function detailLines({ election }: StoredElection, status: Status, columns: number, paint: Paint): string[] {
  const { record } = election
  const seen = status.basis === 'observed' ? 'observed' : 'recorded in the lease; no change observed yet'
  const durationMs = leaseDurationMs(record)
  const facts: readonly (readonly [string, string | null])[] = [
    ['Namespace', election.namespace],
    ['Name', nameLabel(election)],
    ['Category', election.category === 'election' ? null : election.category],
    ['Holder', record.holderIdentity || NONE],
    ['State', `${status.state} (${seen})`],
    ['Expires', status.expiresInMs === null ? null : expiresText(status)],
    ['Last change', status.unchangedForMs === null ? null : `${renewedText(status)} ago`],
    ['Lease duration', durationMs === null ? NONE : durationText(durationMs)],
    ['Transitions', String(record.leaseTransitions)],
    ['Acquired', record.acquireTime],
    ['Renewed', record.renewTime],
    ['Created', election.creationTimestamp],
    ['Deletion', election.deletion && `marked at ${election.deletion.timestamp}`],
    ['Strategy', record.strategy],
    ['Preferred holder', record.preferredHolder],
    ['Resource version', election.resourceVersion],
  ]
  return facts.flatMap(([label, value]) =>
    value === null
      ? []
      : [paint.dim(cut(label.padEnd(LABEL_WIDTH), columns)) + cut(` ${harmless(value, 1000)}`, columns - LABEL_WIDTH, paint.signs.ellipsis)],
  )
}
