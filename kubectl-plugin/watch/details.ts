import { harmless, leaseDurationMs, statusOf } from '../../shared/lease/index.ts'
import { formatAge } from '../output/duration.ts'
import { nameLabel } from './event-line.ts'
import { cut } from './fit.ts'
import type { Paint } from './paint.ts'
import type { Row, ViewMoment } from './row-order.ts'

const LABEL_WIDTH = 16

/** Everything that the record says of one election, a line each. */
export function detailLines({ election, observation }: Row, moment: ViewMoment, columns: number, paint: Paint): string[] {
  const { record } = election
  const status = statusOf(observation, moment, { stale: moment.isStale })
  const seen = status.basis === 'observed' ? 'as seen here' : 'as the lease says; nothing was seen to change yet'
  const durationMs = leaseDurationMs(record)
  const facts: readonly (readonly [string, string | null])[] = [
    ['Namespace', election.namespace],
    ['Name', nameLabel(election)],
    ['Category', election.category === 'election' ? null : election.category],
    ['Holder', record.holderIdentity === '' ? 'nobody' : record.holderIdentity],
    ['State', `${status.state} (${seen})`],
    ['Expires in', status.expiresInMs === null ? null : expiry(status.expiresInMs)],
    ['Last change', status.unchangedForMs === null ? null : `${formatAge(status.unchangedForMs)} ago`],
    ['Lease duration', durationMs === null ? 'not given' : formatAge(durationMs)],
    ['Transitions', String(record.leaseTransitions)],
    ['Acquired', record.acquireTime],
    ['Renewed', record.renewTime],
    ['Created', election.creationTimestamp],
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

function expiry(expiresInMs: number): string {
  return expiresInMs < 0 ? `-${formatAge(-expiresInMs)}` : formatAge(Math.ceil(expiresInMs / 1000) * 1000)
}
