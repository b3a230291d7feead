import type { FailoverPlan, FailoverResult } from '../../shared/actions/failover.ts'
import type { StopReason } from '../../shared/election/index.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { eventJson, planJson } from '../failover/event-json.ts'
import { blockText, type BlockEvent } from '../failover/event-text.ts'
import { abortionText } from '../failover/result-text.ts'
import { planLines } from '../failover/plan-text.ts'
import { secondsText } from '../output/seconds.ts'
import { untilText } from './confirmation.ts'

/** What `join` tells of, in the order in which it happens. */
export type JoinEvent =
  /** With `--take`: what it will do, or that there is nothing to take. */
  | { readonly type: 'plan'; readonly plan: FailoverPlan; readonly term: PlannedTerm }
  | { readonly type: 'nothing-to-take' }
  | { readonly type: 'candidate' }
  | (BlockEvent & { readonly plan: FailoverPlan })
  /** The lease has been given to this candidate, which leads from its first own write. */
  | { readonly type: 'handed-over' }
  /** What became of taking leadership. */
  | { readonly type: 'result'; readonly result: FailoverResult }
  | { readonly type: 'new-leader'; readonly leader: string }
  | { readonly type: 'started-leading'; readonly fencingToken: string }
  | { readonly type: 'stopped-leading'; readonly reason: StopReason }
  | { readonly type: 'released' }
  | { readonly type: 'command-started'; readonly pid: number }
  | { readonly type: 'command-exited'; readonly exitCode: number; readonly signal: string | null }
  | { readonly type: 'error'; readonly reason: string }

/** What comes after leadership is taken. */
export interface PlannedTerm {
  /** 0 is without limit. */
  readonly maxHoldMs: number
  /** Whether a command does the work meanwhile. */
  readonly hasCommand: boolean
}

/** Who tells it, and when. */
export interface JoinEventContext {
  readonly wallMs: number
  readonly identity: string
  /** What is joined, for people: `lease default/x`. */
  readonly election: string
}

/** One line of `join -o json`. */
export function joinEventJson(event: JoinEvent, { wallMs, identity }: JoinEventContext): string {
  return JSON.stringify({ time: new Date(wallMs).toISOString(), type: event.type, identity, ...fields(event) })
}

function fields(event: JoinEvent): object {
  switch (event.type) {
    case 'plan':
      return { ...planJson(event.plan, undefined), maxHoldMs: event.term.maxHoldMs }
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

/** The same for people: when, what, and what it means. */
export function joinEventLine(event: JoinEvent, context: JoinEventContext): string {
  // The plan is a page by itself.
  if (event.type === 'plan') return takePlanText(event.plan, event.term, context.wallMs)
  return `${new Date(context.wallMs).toISOString()}  ${event.type.padEnd(17)}  ${sentence(event, context)}`
}

/** What taking leadership will do, and what comes after it, for people. */
export function takePlanText(plan: FailoverPlan, { maxHoldMs, hasCommand }: PlannedTerm, wallMs: number): string {
  const work = hasCommand ? 'The command runs while this candidate leads' : 'While this candidate leads, nobody does the work of the others'
  return planLines(plan, wallMs, [`${work}, ${untilText(maxHoldMs)}. Then the election goes on with the others.`]).join('\n')
}

/** Why a term ended: the elector's reasons. */
const REASONS: Readonly<Record<StopReason, string>> = {
  stopped: 'told to stop',
  'max-hold': 'led for as long as --max-hold allows',
  'work-ended': 'the command has ended',
  deadline: 'the lease could not be renewed in time',
  taken: 'somebody else holds the lease',
  emptied: 'somebody else has emptied the lease',
  deleted: 'somebody has deleted the lease',
  blocked: 'a failover moves leadership away',
  stranger: 'somebody else uses the same identity',
  failed: 'the candidate cannot go on; the error says why',
}

function sentence(event: Exclude<JoinEvent, { readonly type: 'plan' }>, { identity, election }: JoinEventContext): string {
  switch (event.type) {
    case 'nothing-to-take':
      return `nobody is seen to lead ${harmless(election)}: this candidate just stands`
    case 'blocked':
    case 'still-blocked':
    case 'undone':
    case 'leader-stopped':
      return blockText(event, event.plan)
    case 'handed-over':
      return 'the lease is given to this candidate'
    case 'result':
      return resultText(event.result)
    case 'candidate':
      return `${harmless(identity)} stands for ${harmless(election)}`
    case 'new-leader':
      return event.leader === identity ? `${harmless(identity)}, this candidate` : harmless(event.leader)
    case 'started-leading':
      return `fencing token ${event.fencingToken}`
    case 'stopped-leading':
      return REASONS[event.reason]
    case 'released':
      return 'nobody leads until another candidate takes over'
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
  if (outcome !== 'moved') return `not taken${abortion ? `: ${abortionText(abortion, result)}` : ''}`
  const leaderless = leaderlessMs === null ? '' : `; nobody led for up to ${secondsText(leaderlessMs)}`
  return `taken from ${harmless(from, 120)}${leaderless}`
}
