import { Candidacy, type CandidacyEvent } from '../../shared/actions/candidacy.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { candidateIdentity } from '../../shared/election/identity.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { placeText, type ElectionRef } from '../../shared/lease/election-ref.ts'
import { LabeledPods, labelPlace } from '../../shared/label/labeled-pods.ts'
import { labelForTerm, type LabelEvent } from '../../shared/label/label-term.ts'
import { LeaderTarget } from '../../shared/label/leader-target.ts'
import { LabelRefused, SelectorCheck } from '../../shared/label/selector-check.ts'
import { clusterErrorOf, LockError } from '../../shared/locks/errors.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import { observedLock } from '../../shared/locks/observed-lock.ts'
import { advised } from '../../shared/remedy.ts'
import { aborted } from '../../shared/time/aborted.ts'
import { CommandError, type ExitCode } from '../exit-code.ts'
import { interruptedCode } from '../interruption.ts'
import { retryText } from '../output/advice.ts'
import type { Session } from '../session.ts'
import type { Label } from './label-request.ts'
import { refusalsText } from './refusals-text.ts'

export interface LabelRequest {
  readonly election: ElectionRef
  readonly label: Label
  readonly labelSelector: string | undefined
  /** The lease of the writers. */
  readonly lease: string
  readonly identity: string | undefined
  readonly output: 'text' | 'json'
}

/** What this command prints. */
type Told =
  | LabelEvent
  /** The election does not exist. Nothing is written before it does. */
  | { readonly type: 'absent'; readonly election: string }
  | { readonly type: 'started'; readonly fencingToken: string }
  | { readonly type: 'standby'; readonly leader: string }
  | { readonly type: 'unknown-pod'; readonly identity: string; readonly reason: string }

/** Between two terms of one process. */
const AGAIN_MS = 2_000

/**
 * Labels the leader's Pod until the session is interrupted. Several processes elect the one that writes.
 *
 * @throws CommandError if the label must not be written
 * @throws ClusterError if the election cannot be watched, or the lease of the writers must not be read or written
 */
export async function runLabel(session: Session, client: ApiClient, request: LabelRequest): Promise<ExitCode> {
  const { clock, signal } = session
  const { election, label, labelSelector } = request
  const { namespace } = election
  const write = teller(session, request)
  /** The Pod that this process has labeled last, as long as no other may have moved the label. */
  const labeled = new Set<string>()
  /** Why requests fail, as it was told last; null after they succeeded. */
  let problem: string | null = null
  const tell = (told: Told): void => {
    const reason = told.type === 'retrying' ? told.reason : null
    if (reason !== null && reason === problem) return
    problem = reason
    if (told.type === 'labeled' || told.type === 'unlabeled' || told.type === 'superseded' || told.type === 'standby') labeled.clear()
    if (told.type === 'labeled') labeled.add(told.pod)
    write(told)
  }
  const identity = request.identity ?? candidateIdentity()
  let isPolling = false
  const lock = observedLock(new LeaseLock(client, { namespace, name: request.lease }), {
    onAnswer: () => undefined,
    onFailure: (requested, error) => {
      // The candidate polls then, and says nothing of it. But another takes over later, which an admin should know.
      if (isPolling || requested !== 'watch' || !(error instanceof LockError && error.kind === 'forbidden')) return
      isPolling = true
      tell({ type: 'retrying', reason: retryText(advised(error)) })
    },
  })
  const place = labelPlace(election, { ...label, labelSelector })
  const target = new LeaderTarget(client, clock, election, (holder, reason) => tell({ type: 'unknown-pod', identity: holder, reason }))
  const term = {
    clock,
    pods: new LabeledPods(client, clock, place),
    check: new SelectorCheck(client, place),
    target,
    isHeld: async (aborting: AbortSignal): Promise<boolean> => (await lock.read(aborting))?.record.holderIdentity === identity,
    onEvent: tell,
  }
  const onEvent = (event: CandidacyEvent): void => {
    if (event.type === 'new-leader' && event.identity !== identity) tell({ type: 'standby', leader: event.identity })
    if (event.type === 'problem' && !event.isRepeated) tell({ type: 'retrying', reason: retryText(advised(event.error)) })
    if (event.type === 'recovered') problem = null
  }
  const runCandidate = async (until: AbortSignal): Promise<void> => {
    const candidacy = new Candidacy({
      lock,
      identity,
      rejoin: true,
      clock,
      recorder: null,
      onStartedLeading: (leadership) => {
        tell({ type: 'started', fencingToken: leadership.fencingToken })
        return labelForTerm(term, leadership)
      },
      onEvent,
    })
    const leave = (): void => candidacy.leave()
    until.addEventListener('abort', leave, { once: true })
    try {
      await candidacy.run()
    } finally {
      until.removeEventListener('abort', leave)
    }
  }
  // Standbys follow the election as well, so that they label at once when they take over.
  const failed = new AbortController()
  const over = AbortSignal.any([signal, failed.signal])
  const following = target.follow(over, () => tell({ type: 'absent', election: placeText(election) })).catch((error: unknown) => failed.abort(error))
  try {
    // A name can be mistyped. So nothing is written before the election exists.
    await Promise.race([target.found, aborted(over)])
    while (!over.aborted) {
      await runCandidate(over)
      await clock.sleep(AGAIN_MS, over).catch(() => undefined)
    }
  } catch (error) {
    if (error instanceof LabelRefused) throw new CommandError(error.message, undefined, { cause: error })
    if (!over.aborted) throw clusterErrorOf(error)
  } finally {
    failed.abort()
    await following
    for (const pod of labeled) write({ type: 'left-labeled', pod, reason: 'this process has stopped' })
  }
  if (!signal.aborted && failed.signal.reason instanceof ClusterError) throw failed.signal.reason
  return interruptedCode(signal)
}

function teller(session: Session, { output, label }: LabelRequest): (told: Told) => void {
  return (told) => {
    const time = new Date(session.clock.wallMs()).toISOString()
    session.stdout.write(output === 'json' ? `${JSON.stringify({ time, ...told })}\n` : `${time.slice(11, 19)}  ${harmless(textOf(told, label))}\n`)
  }
}

function textOf(told: Told, { key }: Label): string {
  switch (told.type) {
    case 'absent':
      return `waiting: the ${told.election} does not exist yet`
    case 'started':
      return `writing the label ${key} (fencing token ${told.fencingToken})`
    case 'standby':
      return `waiting as a standby: ${told.leader || 'no other process'} writes the label`
    case 'labeled':
      return `labeled Pod ${told.pod}`
    case 'unlabeled':
      return `removed the label from Pod ${told.pod}`
    case 'refused':
      return refusalsText(told.refusals)
    case 'not-selected':
      return `Pod ${told.pod} of the leader does not match the selector, so it is not labeled`
    case 'gone':
      return `Pod ${told.pod} of the leader does not exist any more, so it is not labeled`
    case 'replaced':
      return `Pod ${told.pod} is not labeled`
    case 'left-labeled':
      return `Pod ${told.pod} keeps the label until another process of this command moves or removes it`
    case 'unknown-pod':
      return `no Pod is labeled for leader ${told.identity}: ${told.reason}`
    case 'retrying':
      return `retrying: ${told.reason}`
    case 'superseded':
      return 'another process writes the label now'
  }
}
