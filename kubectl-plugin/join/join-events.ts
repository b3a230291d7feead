import { harmless } from '../../shared/lease/harmless.ts'

/** What `join` tells of, in the order in which it happens. */
export type JoinEvent =
  | { readonly type: 'candidate' }
  | { readonly type: 'new-leader'; readonly leader: string }
  | { readonly type: 'started-leading'; readonly fencingToken: string }
  | { readonly type: 'stopped-leading'; readonly reason: string }
  | { readonly type: 'released' }
  | { readonly type: 'command-started'; readonly pid: number }
  | { readonly type: 'command-exited'; readonly exitCode: number; readonly signal: string | null }
  | { readonly type: 'error'; readonly reason: string }

/** Who tells it, and when. */
export interface JoinEventContext {
  readonly wallMs: number
  readonly identity: string
  /** What is joined, for people: `lease default/x`. */
  readonly election: string
}

/** One line of `join -o json`. */
export function joinEventJson(event: JoinEvent, { wallMs, identity }: JoinEventContext): string {
  const { type, ...rest } = event
  return JSON.stringify({ time: new Date(wallMs).toISOString(), type, identity, ...rest })
}

/** The same for people: when, what, and what it means. */
export function joinEventLine(event: JoinEvent, context: JoinEventContext): string {
  return `${new Date(context.wallMs).toISOString()}  ${event.type.padEnd(15)}  ${sentence(event, context)}`
}

/** Why a term ended: the elector's reasons. */
const REASONS: Readonly<Record<string, string>> = {
  stopped: 'told to stop',
  'max-hold': 'led for as long as --max-hold allows',
  'work-ended': 'the command has ended',
  deadline: 'the lease could not be renewed in time',
  taken: 'somebody else holds the lease',
  emptied: 'somebody else has emptied the lease',
  deleted: 'somebody has deleted the lease',
  quarantined: 'a failover moves leadership away',
  stranger: 'somebody else uses the same identity',
}

function sentence(event: JoinEvent, { identity, election }: JoinEventContext): string {
  switch (event.type) {
    case 'candidate':
      return `${harmless(identity)} stands for ${harmless(election)}`
    case 'new-leader':
      return event.leader === identity ? `${harmless(identity)}, this candidate` : harmless(event.leader)
    case 'started-leading':
      return `fencing token ${event.fencingToken}`
    case 'stopped-leading':
      return REASONS[event.reason] ?? event.reason
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
