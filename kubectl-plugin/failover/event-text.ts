import type { FailoverEvent, FailoverPlan } from '../../shared/actions/failover.ts'
import { harmless } from '../../shared/lease/index.ts'
import type { Countdown } from '../output/countdown.ts'
import { secondsText } from '../output/seconds.ts'

/** What keeps everybody out tells while it does, and when that is undone. */
export type BlockEvent = Extract<FailoverEvent, { readonly type: 'blocked' | 'still-blocked' | 'undone' | 'leader-stopped' }>

const STOPPED = {
  acknowledged: 'The old leader says that it has stopped',
  terminated: "The kubelet reports that the old leader's containers have ended",
  waited: 'The old leader must have stopped',
} as const

/** The same for a person. */
export function blockText(event: BlockEvent, { from, placeholderMs }: Pick<FailoverPlan, 'from' | 'placeholderMs'>): string {
  switch (event.type) {
    case 'blocked':
      return `Everybody is kept out. Waiting until ${harmless(from, 120)} has stopped (${secondsText(event.blockMs)} at most)...`
    case 'still-blocked':
      return (
        `The old leader may have stopped by now, so nobody is let in for ${secondsText(event.remainingMs)} yet; then the lease is free. ` +
        `Ctrl-C again ends this at once, and leaves the lease to run out by itself within ${secondsText(placeholderMs)}.`
      )
    case 'undone':
      return (
        `The lease names ${harmless(from, 120)} again. Waiting until it renews the lease or releases it ` +
        `(${secondsText(event.waitMs)} at most). Ctrl-C again ends only the waiting.`
      )
    case 'leader-stopped':
      return `${STOPPED[event.proof]}, after ${secondsText(event.afterMs)}.`
  }
}

/** Counts down to the end of what began with this event. */
export function countBlock(event: BlockEvent, countdown: Countdown): void {
  switch (event.type) {
    case 'blocked':
      return countdown.start(event.blockMs, (left) => `${left} until it must have stopped. Ctrl-C undoes this.`)
    case 'still-blocked':
      return countdown.start(event.remainingMs, (left) => `${left} until the lease is free`)
    case 'undone':
      return countdown.start(event.waitMs, (left) => `waiting for the old leader, at most ${left} more`)
    case 'leader-stopped':
      return countdown.stop()
  }
}
