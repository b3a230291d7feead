import type { V1DeleteOptions } from '@kubernetes/client-node'
import type { ApiClient } from '../../cluster/client.ts'
import { ClusterError, isMissing } from '../../cluster/errors.ts'
import { apiPath, PODS, subjectOf } from '../../cluster/paths.ts'
import { isBlocking } from '../../lease/placeholder.ts'
import { isSameRecord, type ElectionRecord } from '../../lease/record.ts'
import { lockErrorFrom } from '../../locks/cluster-lock-error.ts'
import { clusterLock } from '../../locks/lock-address.ts'
import type { Lock } from '../../locks/lock.ts'
import type { Clock } from '../../time/clock.ts'
import type { Wire } from '../../wire.ts'
import { changeSince } from './acquisition.ts'
import type { FailoverEnd } from './failover-steps.ts'
import type { FailoverEvent } from './failover-events.ts'
import type { FailoverPlan } from './failover-plan.ts'
import { LockView, readRecord } from './lock-view.ts'
import { phrase, type Phrase } from '../../phrase.ts'
import { evictPod } from './pod-eviction.ts'

/** Longer than the default termination grace period of a Pod. */
const LONGEST_END_MS = 60_000
const REQUEST_TIMEOUT_MS = 5_000
const POLL_MS = 500

interface EndingOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onEvent: (event: FailoverEvent) => void
  /** Ends the leader, instead of a deletion of its Pod. */
  readonly crash?: (() => Promise<void>) | undefined
}

/** Deletes the old leader's Pod, but not another Pod with the same name. Rejects with a ClusterError. */
export async function deletePod(client: ApiClient, { holder }: FailoverPlan): Promise<void> {
  const { namespace, name, uid } = holder!.pod!
  const body: Wire<V1DeleteOptions> = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } }
  await client.request({
    method: 'DELETE',
    path: apiPath(PODS, { namespace, name }),
    body,
    subject: subjectOf('delete', PODS, { namespace, name }),
  })
}

/** Moves leadership by ending the leader, and watches who acquires the lease. */
export async function moveByEnding(client: ApiClient, plan: FailoverPlan, options: EndingOptions): Promise<FailoverEnd> {
  const { place } = plan.request
  const lock: Lock = clusterLock(client, place)
  const { clock, signal, onEvent } = options
  const view = new LockView(lock, clock, { requestTimeoutMs: REQUEST_TIMEOUT_MS })
  const over = new AbortController()
  try {
    void view.run(over.signal)
    const before = await readRecord(view)
    if (before?.holderIdentity !== plan.from) return lost(before, clock.monotonicMs())
    const change = changeSince(plan.acquisition, before)
    if (change) return ended('aborted', plan.from, clock.monotonicMs(), { cause: change, left: 'untouched' })
    if (signal.aborted) return ended('aborted', '', clock.monotonicMs(), { cause: 'interrupted', left: 'untouched' })
    if (options.crash) {
      await options.crash()
      return await watchSuccession(view, before, plan, options)
    }
    const { namespace, name } = plan.holder!.pod!
    try {
      await (plan.request.evicts ? evictPod(client, plan, signal) : deletePod(client, plan))
    } catch (error) {
      if (isOfNoPod(error)) return ended('aborted', plan.from, clock.monotonicMs(), { cause: 'podReplaced', left: 'untouched' })
      throw isOpen(error) ? withLeft(error, phrase`It is not known whether the Pod ${namespace}/${name} is being deleted.`) : error
    }
    onEvent({ type: 'pod-deleted', namespace, name })
    try {
      return await watchSuccession(view, before, plan, options)
    } catch (error) {
      throw withLeft(error, phrase`The Pod ${namespace}/${name} is being deleted. It is not known which candidate has acquired the lease since.`)
    }
  } finally {
    over.abort()
  }
}

async function watchSuccession(
  view: LockView,
  before: ElectionRecord,
  plan: FailoverPlan,
  { clock, signal, onEvent, crash }: EndingOptions,
): Promise<FailoverEnd> {
  const left = crash ? 'crashed' : 'podDeleted'
  const startedAtMs = clock.monotonicMs()
  const untilMs = startedAtMs + LONGEST_END_MS + plan.timeoutMs
  let last = before
  let renewedAtMs = startedAtMs
  let stoppedAtMs: number | null = null
  let hasLooked = false
  for (;;) {
    const { locked, atMs } = view.sight!
    const record = locked?.record ?? null
    const holderIdentity = record?.holderIdentity ?? ''
    const isSameTerm = holderIdentity === plan.from && changeSince(plan.acquisition, record!) === null
    const times = { blockedAtMs: renewedAtMs, stoppedAtMs }
    // Another failover blocks the lease. Its new leader is not a result of this one.
    if (isBlocking(holderIdentity)) return { ...ended('aborted', '', atMs, { cause: 'underway', left }), ...times }
    if (holderIdentity !== '' && !isSameTerm) return { ...ended('taken', holderIdentity, atMs, null), ...times }
    if (isSameTerm && !isSameRecord(record!, last)) {
      last = record!
      renewedAtMs = atMs
    }
    if (holderIdentity === '' && stoppedAtMs === null) {
      stoppedAtMs = atMs
      onEvent({ type: 'released', to: null })
    }
    const nowMs = clock.monotonicMs()
    if (signal.aborted) return { ...ended('aborted', holderIdentity, nowMs, { cause: 'interrupted', left }), ...times }
    // A quiet watch does not prove that nothing was written. Read the record once before giving up.
    if (nowMs >= untilMs && hasLooked) {
      const isAlive = isSameTerm && nowMs - renewedAtMs < plan.leaseDurationMs
      return { ...ended(isAlive ? 'taken' : 'free', isAlive ? holderIdentity : '', nowMs, null), ...times }
    }
    if (nowMs >= untilMs) {
      await readRecord(view)
      hasLooked = true
    } else {
      await view.changed(untilMs, POLL_MS, signal)
    }
  }
}

/** Whether the Pod is gone: its name belongs to no Pod, or to another one. */
function isOfNoPod(error: unknown): boolean {
  return isMissing(error) || (error instanceof ClusterError && error.kind === 'conflict')
}

/** Whether it is not known what became of the request. */
function isOpen(error: unknown): boolean {
  if (error instanceof ClusterError && error.kind === 'tooManyRequests') return false
  return lockErrorFrom(error, 'update').kind === 'unknown'
}

/** The error, with what is left behind. */
function withLeft(error: unknown, left: Phrase): unknown {
  return error instanceof ClusterError ? new ClusterError(phrase`${error.phrase} ${left}`, { kind: error.kind, remedy: error.remedy, cause: error }) : error
}

function lost(record: ElectionRecord | null, nowMs: number): FailoverEnd {
  const holderIdentity = record?.holderIdentity ?? ''
  if (isBlocking(holderIdentity)) return ended('aborted', '', nowMs, { cause: 'underway', left: 'untouched' })
  const cause = record === null ? 'deleted' : holderIdentity === '' ? 'emptied' : 'taken'
  return ended('aborted', holderIdentity, nowMs, { cause, left: 'untouched' })
}

function ended(type: FailoverEnd['type'], holderIdentity: string, endedAtMs: number, abortion: FailoverEnd['abortion']): FailoverEnd {
  return { type, holderIdentity, blockedAtMs: null, stoppedAtMs: null, endedAtMs, abortion }
}
