import type { Step } from '../../history/step.ts'
import { LeaseGuard, type OverwrittenLease } from './overwritten-leases.ts'

/** The writes of one lease in an audit log, from when the rehearsal was planned. */
export interface AuditTrail {
  /** Reads what the log holds by now. Rejects if it cannot be read. */
  read(): Promise<AuditReading>
}

export interface AuditReading {
  /** In order. */
  readonly steps: readonly Step[]
  /** The newest version that a write has made or replaced; 0 if there is none. */
  readonly newestVersion: number
}

/** Whether the contents of the writes are in the log. At level Metadata, they are not. */
export function hasRecords({ steps }: AuditReading): boolean {
  return steps.some(({ result }) => result.known === 'record')
}

/** The successful writes of deposed leaders over the lease of another leader that had not expired, in order. */
export function overwrittenIn(steps: readonly Step[]): readonly OverwrittenLease[] {
  const guard = new LeaseGuard()
  return steps.flatMap(({ result, at }) => {
    switch (result.known) {
      case 'record':
        return guard.see(result.record, at.fromMs) ?? []
      case 'holder':
        return guard.seeHolder(result.holderIdentity, at.fromMs) ?? []
      case 'gone':
        return guard.see(null, at.fromMs) ?? []
      case 'unchanged':
      case 'unknown':
        return []
    }
  })
}
