import type { FailoverPlan, FailoverResult } from '../../shared/actions/failover.ts'
import { durationText } from '../../shared/duration.ts'
import type { StopReason } from '../../shared/election/machine/protocol.ts'
import type { Refusal } from '../../shared/label/label-machine.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { eventJson, planJson } from '../failover/event-json.ts'
import { blockText, type BlockEvent } from '../failover/event-text.ts'
import { abortionText } from '../failover/result-text.ts'
import { planLines, planSteps } from '../failover/plan-text.ts'
import { refusalsText } from '../label/refusals-text.ts'
import { untilText } from './confirmation.ts'

/** The events that `join` prints, in the order in which they happen. */
export type JoinEvent =
  /** With `--take`: the plan, or that there is no leader to take over from. `context`: see `contextText`. */
  | { readonly type: 'plan'; readonly plan: FailoverPlan; readonly context: string; readonly term: PlannedTerm }
  | { readonly type: 'nothing-to-take' }
  | { readonly type: 'candidate' }
  | (BlockEvent & { readonly plan: FailoverPlan })
  /** The lease was handed over to this candidate, which leads from its own first write. */
  | { readonly type: 'handed-over' }
  /** The outcome of taking leadership. */
  | { readonly type: 'result'; readonly result: FailoverResult }
  /** `isStranger`: another process, or an earlier run of this candidate, acquired the lease with the same identity. */
  | { readonly type: 'new-leader'; readonly leader: string; readonly isStranger?: true }
  | { readonly type: 'started-leading'; readonly fencingToken: string }
  | { readonly type: 'stopped-leading'; readonly reason: StopReason }
  | { readonly type: 'released' }
  /** What the health check says. `reason`: why it failed; null if it did not. */
  | { readonly type: 'healthy' | 'unhealthy'; readonly reason: string | null }
  /** The label was written to this candidate's Pod, or removed from one. */
  | { readonly type: 'labeled' | 'unlabeled'; readonly pod: string }
  /** No Pod is labeled, because these Pods could not be written. */
  | { readonly type: 'not-labeled'; readonly refusals: readonly Refusal[] }
  | { readonly type: 'command-started'; readonly pid: number }
  | { readonly type: 'command-exited'; readonly exitCode: number; readonly signal: string | null }
  | { readonly type: 'error'; readonly reason: string }

/** The term that follows once leadership is taken. */
export interface PlannedTerm {
  /** In milliseconds; 0 means no limit. */
  readonly maxHoldMs: number
  /** Whether a command runs during the term. */
  readonly hasCommand: boolean
}

/** Which candidate prints an event, and when. */
export interface JoinEventContext {
  readonly wallMs: number
  readonly identity: string
  /** The election as text: `lease default/x`. */
  readonly election: string
}

/** One line of `join -o json`. */
export function joinEventJson(event: JoinEvent, { wallMs, identity }: JoinEventContext): string {
  return JSON.stringify({ time: new Date(wallMs).toISOString(), type: event.type, identity, ...fields(event) })
}

function fields(event: JoinEvent): object {
  switch (event.type) {
    case 'plan':
      return { ...planJson(event.plan, event.context, undefined), maxHoldMs: event.term.maxHoldMs }
    case 'blocked':
    case 'still-blocked':
    case 'undone':
    case 'leader-stopped': {
      const { plan: _plan, ...told } = event
      return eventJson(told)
    }
    case 'result':
      return event.result
    default:
      return event
  }
}

/** The same event as a line of text: when, what, and what it means. */
export function joinEventLine(event: JoinEvent, context: JoinEventContext): string {
  // The plan has several lines of its own.
  if (event.type === 'plan') return takePlanText(event, context.wallMs)
  return `${new Date(context.wallMs).toISOString()}  ${event.type.padEnd(17)}  ${sentence(event, context)}`
}

/** The plan for taking leadership, and the term after it, as text. */
export function takePlanText({ plan, context, term }: Omit<Extract<JoinEvent, { type: 'plan' }>, 'type'>, wallMs: number): string {
  const work = term.hasCommand ? 'The command runs while this candidate is the leader' : "While this candidate is the leader, the election's work stops"
  const later = `${work}, ${untilText(term.maxHoldMs)}. After that, it releases the lease, and any other candidate can acquire it.`
  return planLines(plan, { context, wallMs }, { steps: [...planSteps(plan), later] }).join('\n')
}

/** The elector's reasons for the end of a term, as text. */
const REASONS: Readonly<Record<StopReason, string>> = {
  stopped: 'stopped by request',
  'max-hold': 'reached --max-hold',
  unhealthy: 'the health check failed',
  'work-ended': 'the command exited',
  deadline: 'could not renew the lease before the renew deadline',
  taken: 'another candidate holds the lease',
  emptied: 'another client released the lease',
  deleted: 'another client deleted the lease',
  blocked: 'a failover is moving leadership',
  stranger: 'another process uses the same identity',
  failed: 'the candidate failed; see the error',
}

function sentence(event: Exclude<JoinEvent, { readonly type: 'plan' }>, { identity, election }: JoinEventContext): string {
  switch (event.type) {
    case 'nothing-to-take':
      return `${harmless(election)} has no leader to take over from; waiting to acquire the lease`
    case 'blocked':
    case 'still-blocked':
    case 'undone':
    case 'leader-stopped':
      return blockText(event, event.plan)
    case 'handed-over':
      return 'the lease was handed over to this candidate'
    case 'result':
      return resultText(event.result)
    case 'candidate':
      return `${harmless(identity)} joined ${harmless(election)} as a candidate`
    case 'new-leader':
      if (event.isStranger) return `${harmless(identity)} (not this candidate: another process, or an earlier run, with the same identity)`
      return event.leader === identity ? `${harmless(identity)} (this candidate)` : harmless(event.leader)
    case 'started-leading':
      return `fencing token ${event.fencingToken}`
    case 'stopped-leading':
      return REASONS[event.reason]
    case 'released':
      return 'there is no leader until another candidate acquires the lease'
    case 'healthy':
      return 'the health check passed'
    case 'unhealthy':
      return `the health check failed: ${harmless(event.reason ?? '', 300)}`
    case 'labeled':
    case 'unlabeled':
      return `Pod ${harmless(event.pod)}`
    case 'not-labeled':
      return harmless(refusalsText(event.refusals), 2_000)
    case 'command-started':
      return `process ${event.pid}`
    case 'command-exited':
      return event.signal === null ? `with code ${event.exitCode}` : `by ${event.signal}`
    case 'error':
      return harmless(event.reason, 2_000)
  }
}

function resultText(result: FailoverResult): string {
  const { outcome, from, leaderlessMs, abortion } = result
  if (outcome !== 'moved') return `leadership not taken${abortion ? `: ${abortionText(abortion, result)}` : ''}`
  const leaderless = leaderlessMs === null ? '' : `; there was no leader for up to ${durationText(leaderlessMs)}`
  return `leadership taken from ${harmless(from, 120)}${leaderless}`
}
