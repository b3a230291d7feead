import { durationText } from '../../shared/duration.ts'
import type { KeepEvent } from '../../shared/keep/keeper.ts'
import type { NotKept, NotReleased } from '../../shared/keep/machine/keep-machine.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { advised } from '../../shared/remedy.ts'
import { retryText } from '../output/advice.ts'

/** What `keep` prints. `exited`: the process has exited, and some of its descendants have not. */
export type KeepLine = KeepEvent | { readonly type: 'watching' } | { readonly type: 'exited'; readonly descendants: number }

/** One line of `keep -o json`, without its time. */
export function eventJson(event: KeepLine): object {
  return event.type === 'error' ? { type: 'error', reason: retryText(advised(event.error)) } : event
}

export interface LineContext {
  readonly pid: number
  readonly identity: string
  readonly wallMs: number
}

/** The same event as a line of text: when, what, and what it means. */
export function eventLine(event: KeepLine, context: LineContext): string {
  return `${new Date(context.wallMs).toISOString()}  ${event.type.padEnd(12)}  ${sentence(event, context)}`
}

const NOT_KEPT: Readonly<Record<NotKept, string>> = {
  missing: 'the lease does not exist',
  released: 'the lease was released',
  'other-holder': 'another candidate holds the lease',
  unidentified: 'it is not known which holder identity the process uses',
  ambiguous: 'more than one holder matches the process',
  unproven: 'the process was not observed renewing the lease in this term before it was stopped',
  'given-up': 'the process had stopped renewing the lease before it was stopped',
  renewed: 'another process renews the lease with the same identity',
  expired: 'the lease has expired',
  'no-duration': 'the lease has no lease duration',
  coordinated: 'the API server chooses the leader of this election',
  limit: 'reached --max-hold; the lease expires if the process is not resumed',
}

const NOT_RELEASED: Readonly<Record<NotReleased, string>> = {
  missing: 'the lease does not exist',
  released: 'the process has released it',
  'other-holder': 'another candidate holds it',
  unidentified: 'it is not known which holder identity the process used',
  unproven: 'it is not certain that the process was the holder; the lease expires',
  renewed: 'another process renews it with the same identity',
  coordinated: 'the API server chooses the leader of this election',
  changed: 'it was written after the process had ended',
  expired: 'it has expired',
  unanswered: 'the API server did not answer; the lease expires if it is not released',
  unseen: 'the child processes could not be observed, so they may still run; the lease expires',
}

function sentence(event: KeepLine, { pid, identity }: LineContext): string {
  switch (event.type) {
    case 'watching':
      return `waiting for process ${pid} to be stopped`
    case 'stopped':
      return `process ${pid} is stopped`
    case 'resumed':
      return `process ${pid} runs`
    case 'exited':
      return `process ${pid} has exited; ${event.descendants} of its child processes still ${event.descendants === 1 ? 'runs' : 'run'}`
    case 'ended':
      return `process ${pid} has ended`
    case 'identified':
      return harmless(event.identity, 120)
    case 'keeping':
      return `the lease is renewed in the name of ${harmless(identity, 120)}${event.leftMs === null ? '' : `, for at most ${durationText(event.leftMs)} more`}`
    case 'kept':
      return 'the lease was renewed'
    case 'not-kept':
      return `${NOT_KEPT[event.why]}${event.why === 'other-holder' ? `: ${harmless(event.holderIdentity, 120)}` : ''}`
    case 'released':
      return 'there is no leader until another candidate acquires the lease'
    case 'not-released':
      return `${NOT_RELEASED[event.why]}${event.why === 'other-holder' ? `: ${harmless(event.holderIdentity, 120)}` : ''}`
    case 'error':
      return harmless(retryText(advised(event.error)))
  }
}
