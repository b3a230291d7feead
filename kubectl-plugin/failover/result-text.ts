import type { Abortion, FailoverPlan, FailoverResult } from '../../shared/actions/failover.ts'
import { harmless } from '../../shared/lease/index.ts'
import { secondsText } from '../output/seconds.ts'

/** What became of it, and what to do about it. */
export function resultLines(plan: FailoverPlan, result: FailoverResult, programName: string): readonly string[] {
  const { place } = plan.request
  const name = `${place.lock === 'lease' ? '' : `${place.lock}/`}${harmless(place.name)} -n ${harmless(place.namespace)}`
  const watch = `${programName} watch ${name}`
  switch (result.outcome) {
    case 'moved': {
      const moved = `Moved: ${shown(result.to)}${podText(result)} leads now. ${leaderlessText(result)}`
      if (plan.to === null || plan.to === result.to) return [moved]
      return [moved, `That is not ${shown(plan.to)}, which did not take it: see that it stands, under just this identity.`]
    }
    case 'returned':
      return [
        `Returned: ${shown(result.to)}${podText(result)} leads, which is the old leader again. ${leaderlessText(result)}`,
        `To have another one lead, say who: ${programName} failover ${name} --to IDENTITY. Or take the old one away: --delete-pod, or cordon its node first.`,
      ]
    case 'free':
      return [
        `Vacant: nobody has taken over for ${secondsText(result.leaderlessMs ?? 0)}. The lease is not held back any more: whoever stands takes it.`,
        `See whether any candidate runs. Who takes it shows in: ${watch}`,
      ]
    case 'aborted':
      return [`Aborted: ${abortionText(result.abortion!, result)}`]
  }
}

function leaderlessText({ leaderlessMs, leaderlessAtLeastMs }: FailoverResult): string {
  if (leaderlessMs === null) return ''
  const most = secondsText(leaderlessMs)
  const least = secondsText(leaderlessAtLeastMs ?? 0)
  // An old leader that says when it has stopped leaves nothing open.
  if (leaderlessMs < 1_000 || least === most) return `Nobody led for ${most}.`
  return `Nobody led for ${least} at least and ${most} at most, depending on when the old leader stopped.`
}

/** Why it did not come to its end, and how the election is left. */
export function abortionText({ cause, left }: Abortion, { from, to }: FailoverResult): string {
  switch (cause) {
    case 'interrupted':
      return interruptedText(left, from, to)
    case 'durationChanged':
      return `the lease duration of ${shown(from)} has changed since the plan was made. ${unchangedText(left)} Run the failover again to see the new plan.`
    case 'reacquired':
      return `${shown(from)} has acquired the lease again since the plan was made. ${unchangedText(left)} Run the failover again to see the new plan.`
    case 'podReplaced':
      return `the Pod of ${shown(from)} is gone, or was replaced, since the plan was made. No changes were made. Run the failover again to see the new plan.`
    case 'taken':
      return `${shown(to)} ${to === from ? 'wrote the lease' : 'took over'} in between. ${left === 'untouched' ? 'Nothing was written.' : 'The lease is left to it.'}`
    case 'underway':
      return `another failover has come in between. ${UNDERWAY[left] ?? 'The lease is left to it.'}`
    case 'emptied':
      return 'somebody else emptied the lease in between: whoever comes first takes it.'
    case 'deleted':
      return 'somebody deleted the lease in between: whoever comes first makes it anew, and the old leader may act on for a while.'
    case 'busy':
      return 'the lease is written so often that no write came in between. Nothing was written. Try again.'
  }
}

function unchangedText(left: Abortion['left']): string {
  return left === 'untouched' ? 'No changes were made.' : 'The lease is left to it.'
}

const UNDERWAY: Readonly<Partial<Record<Abortion['left'], string>>> = {
  untouched: 'Nothing was written.',
  podDeleted: "The leader's Pod is being deleted, which can't be undone.",
}

/** What was seen of the lease, and no more. */
function interruptedText(left: Abortion['left'], from: string, to: string): string {
  switch (left) {
    case 'untouched':
      return 'canceled. No changes were made.'
    case 'restored':
      return `canceled and undone. ${shown(from)} has renewed the lease since, and is the leader again.`
    case 'unrenewed':
      return `canceled and undone, but ${shown(from)} has not renewed the lease since. The lease has expired, and any candidate can acquire it.`
    case 'released':
      return `canceled, but the old leader had stopped, or must have stopped. The lease was released. ${holderText(to)}`
    case 'handedOver':
      return `canceled too late to undo. The lease was handed over to ${shown(to)}, which has not renewed it yet.`
    case 'lost':
      return 'canceled, but another client has changed the lease in the meantime.'
    case 'podDeleted':
      return `canceled, but the Pod of the old leader is being deleted, which cannot be undone. ${holderText(to)}`
  }
}

function holderText(holder: string): string {
  return holder === '' ? 'It has no holder now, and any candidate can acquire it.' : `Its holder is now ${shown(holder)}.`
}

function podText({ pod }: FailoverResult): string {
  if (!pod) return ''
  return ` (Pod ${harmless(pod.namespace)}/${harmless(pod.name)}${pod.node === null ? '' : ` on node ${harmless(pod.node)}`})`
}

function shown(identity: string): string {
  return identity === '' ? 'nobody' : harmless(identity, 120)
}
