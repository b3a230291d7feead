import type { FailoverEvent, FailoverPlan } from '../../shared/actions/failover.ts'
import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Countdown } from '../output/countdown.ts'

/** The events of the block, and of its undoing. */
export type BlockEvent = Extract<FailoverEvent, { readonly type: 'blocked' | 'still-blocked' | 'undone' | 'leader-stopped' }>

/** An event of the block as text. */
export function blockText(event: BlockEvent, plan: Pick<FailoverPlan, 'from' | 'placeholderMs' | 'cautions'>): string {
  const from = harmless(plan.from, 120)
  switch (event.type) {
    case 'blocked':
      return `Lease blocked. Waiting for ${from} to stop (at most ${durationText(event.blockMs)})...`
    case 'still-blocked':
      return (
        'Too late to undo, because the old leader may have stopped already. The lease stays blocked for ' +
        `${durationText(event.remainingMs)} and is then released. Press Ctrl-C again to exit now; the lease then expires on ` +
        `its own within ${durationText(plan.placeholderMs)}.`
      )
    case 'undone':
      return (
        `Undone: the lease names ${from} as its holder again. Waiting for ${from} to renew or release the lease ` +
        `(at most ${durationText(event.waitMs)}). Press Ctrl-C again to stop waiting.`
      )
    case 'leader-stopped':
      return stoppedText(event, plan)
  }
}

function stoppedText({ proof, afterMs }: Extract<BlockEvent, { type: 'leader-stopped' }>, { cautions }: Pick<FailoverPlan, 'cautions'>): string {
  const after = durationText(afterMs)
  if (proof === 'acknowledged') return `The old leader confirmed that it has stopped, after ${after}.`
  if (proof === 'terminated') return `The kubelet reported that the old leader's containers have terminated, after ${after}.`
  const isShort = cautions.some(({ code }) => code === 'shortBlock')
  return `The block time of ${after} has passed. The old leader ${isShort ? 'may not have stopped yet' : 'must have stopped'}.`
}

/** Starts the countdown that belongs to an event, or stops it. */
export function countBlock(event: BlockEvent, countdown: Countdown): void {
  switch (event.type) {
    case 'blocked':
      return countdown.start(event.blockMs, (left) => `at most ${left} until the old leader has stopped. Press Ctrl-C to cancel.`)
    case 'still-blocked':
      return countdown.start(event.remainingMs, (left) => `${left} until the lease is released`)
    case 'undone':
      return countdown.start(event.waitMs, (left) => `waiting for the old leader, at most ${left} more`)
    case 'leader-stopped':
      return countdown.stop()
  }
}
