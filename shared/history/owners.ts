import { leaderOf } from '../lease/placeholder.ts'
import type { ElectionRecord } from '../lease/record.ts'
import type { AuditWrite } from './audit/audit-write.ts'
import { isSameAccount, writerKey, type Writer } from './audit/writer.ts'
import type { Step } from './step.ts'

/**
 * Tells which writers are candidates, and as whom: a holder is written by itself if it renews, so the writer that renews an
 * identity owns it. A Pod-bound token whose Pod's name the identity contains is a proof of its own.
 */
export class Owners {
  /** The keys of the writers that own each identity. */
  readonly #keys = new Map<string, Set<string>>()
  readonly #accounts = new Map<string, Writer>()
  /** By the key of a writer: an identity that it owns. */
  readonly #identities = new Map<string, string>()

  /** Whether each identity renews with patches, with updates, or both. */
  readonly #verbs = new Map<string, Set<string>>()

  constructor(steps: readonly Step[]) {
    const renewals = this.#countRenewals(steps)
    for (const [identity, writers] of renewals) {
      const best = [...writers.values()].sort((a, b) => rank(b, identity) - rank(a, identity))[0]!
      if (best.renewals === 0 && !isNamedAfterPod(best.writer, identity)) continue
      this.#accounts.set(identity, best.writer)
      for (const { writer, renewals: count } of writers.values()) {
        if (isSameAccount(writer, best.writer) && (count > 0 || isNamedAfterPod(writer, identity))) this.#own(identity, writer)
      }
    }
    // An identity that acquired the lease but never renewed it is a candidate's if other candidates use the same account.
    for (const [identity, writers] of renewals) {
      if (this.#keys.has(identity)) continue
      for (const { writer, acquired } of writers.values()) {
        const isCandidateAccount = [...this.#accounts.values()].some((account) => isSameAccount(account, writer))
        const isForeignPod = writer.podUid !== null && this.#identities.has(writerKey(writer))
        if (acquired && !isForeignPod && (isCandidateAccount || this.#accounts.size === 0)) this.#own(identity, writer)
      }
    }
  }

  /**
   * Whether the process that owns this identity sent this request. An account without a Pod does not tell a person from a
   * program, so there the request must also be of a kind with which that identity renews.
   */
  isOwner({ writer, verb }: AuditWrite, identity: string): boolean {
    if (!this.owns(writer, identity)) return false
    const verbs = this.#verbs.get(identity)
    return writer.podUid !== null || !verbs || verbs.has(kindOf(verb))
  }

  /** Whether the writer's process owns this identity, whatever it sent. */
  owns(writer: Writer, identity: string): boolean {
    return this.#keys.get(identity)?.has(writerKey(writer)) ?? false
  }

  /** An identity that the writer owns; null if it is not known as a candidate. */
  identityOf(writer: Writer): string | null {
    return this.#identities.get(writerKey(writer)) ?? null
  }

  #countRenewals(steps: readonly Step[]): Map<string, Map<string, Use>> {
    const uses = new Map<string, Map<string, Use>>()
    let before: ElectionRecord | null = null
    for (const { write, result } of steps) {
      if (result.known !== 'record') {
        if (result.known !== 'unchanged') before = null
        continue
      }
      const { record } = result
      const { holderIdentity } = record
      if (write && leaderOf(record) !== '') {
        const writers = uses.get(holderIdentity) ?? new Map<string, Use>()
        uses.set(holderIdentity, writers)
        const key = writerKey(write.writer)
        const use = writers.get(key) ?? { writer: write.writer, renewals: 0, acquired: false }
        writers.set(key, use)
        if (before?.holderIdentity === holderIdentity && before.renewTime !== record.renewTime) {
          use.renewals++
          const verbs = this.#verbs.get(holderIdentity) ?? new Set()
          this.#verbs.set(holderIdentity, verbs.add(kindOf(write.verb)))
        }
        if (before?.holderIdentity !== holderIdentity && isAcquisition(record)) use.acquired = true
      }
      before = record
    }
    return uses
  }

  #own(identity: string, writer: Writer): void {
    const keys = this.#keys.get(identity) ?? new Set()
    keys.add(writerKey(writer))
    this.#keys.set(identity, keys)
    if (!this.#identities.has(writerKey(writer))) this.#identities.set(writerKey(writer), identity)
  }
}

const kindOf = (verb: string): string => (verb === 'patch' ? 'patch' : 'update')

interface Use {
  readonly writer: Writer
  renewals: number
  acquired: boolean
}

/** A Pod of that name, or an account that both acquired and renewed, before one that renewed more often: a debugger's stop keeps a lease in another's name. */
function rank({ writer, renewals, acquired }: Use, identity: string): number {
  return (isNamedAfterPod(writer, identity) ? 1e12 : 0) + (acquired && renewals > 0 ? 1e9 : 0) + renewals
}

function isNamedAfterPod({ podName }: Writer, identity: string): boolean {
  return podName !== null && (identity === podName || identity.startsWith(`${podName}_`))
}

/** Whether the record looks as client-go writes it on acquiring: both times are the same moment. */
export function isAcquisition({ acquireTime, renewTime }: ElectionRecord): boolean {
  return acquireTime !== null && acquireTime === renewTime
}
