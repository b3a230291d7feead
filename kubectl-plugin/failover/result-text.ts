import { isAsAsked, type Abortion, type FailoverPlan, type FailoverResult } from '../../shared/actions/failover.ts'
import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'

/** The outcome of a failover, and what to do next. */
export function resultLines(plan: FailoverPlan, result: FailoverResult, programName: string): readonly string[] {
  const { place } = plan.request
  const name = `${place.lock === 'lease' ? '' : `${place.lock}/`}${harmless(place.name)} -n ${harmless(place.namespace)}`
  const watch = `${programName} watch ${name}`
  switch (result.outcome) {
    case 'moved': {
      const moved = `Moved: ${shown(result.to)}${podText(result)} is now the leader. ${leaderlessText(result)}`
      if (isAsAsked(plan, result)) return [moved]
      if (plan.draw !== null) return [moved, 'This is not one of the wanted candidates. To try again, run the failover again.']
      return [moved, `${shown(plan.to!)} did not acquire the lease. Check that it is running as a candidate with exactly this identity.`]
    }
    case 'returned':
      return [
        `Returned: the old leader acquired the lease again, as ${shown(result.to)}${podText(result)}. ${leaderlessText(result)}`,
        `To choose another leader, run: ${programName} failover ${name} --to pod/NAME. Or use --delete-pod, or cordon the old leader's node first.`,
      ]
    case 'free':
      return [
        `No new leader: no candidate has acquired the lease for ${durationText(result.leaderlessMs ?? 0)}. The lease is free, and any candidate can acquire it.`,
        `Check that a candidate is running. To see who acquires the lease, run: ${watch}`,
      ]
    case 'aborted':
      return [`Aborted: ${abortionText(result.abortion!, result)}`]
  }
}

function leaderlessText({ leaderlessMs, leaderlessAtLeastMs }: FailoverResult): string {
  if (leaderlessMs === null) return ''
  const most = durationText(leaderlessMs)
  const least = durationText(leaderlessAtLeastMs ?? 0)
  // If the old leader confirmed that it has stopped, there is only one value.
  if (leaderlessMs < 1_000 || least === most) return `There was no leader for ${most}.`
  return `There was no leader for at least ${least} and at most ${most}, depending on when the old leader stopped.`
}

/** Why a failover was aborted, and in what state it left the election. */
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
    case 'targetReplaced':
      return 'the candidate to hand the lease over to was restarted since the plan was made, so its identity is gone. No changes were made. Run the failover again to see the new plan.'
    case 'taken':
      return `${shown(to)} ${to === from ? 'wrote the lease' : 'acquired the lease'} in the meantime. ${unchangedText(left)}`
    case 'underway':
      return `another failover has started in the meantime. ${UNDERWAY[left] ?? 'The lease is left to that failover.'}`
    case 'emptied':
      return 'another client released the lease in the meantime. The first candidate to acquire it becomes the leader.'
    case 'deleted':
      return 'another client deleted the lease in the meantime. The next candidate creates it again, and the old leader may act as leader for a while as well.'
    case 'busy':
      return 'could not write the lease, because its holder writes it too often. No changes were made. Try again.'
  }
}

function unchangedText(left: Abortion['left']): string {
  return left === 'untouched' ? 'No changes were made.' : 'It keeps the lease.'
}

const UNDERWAY: Readonly<Partial<Record<Abortion['left'], string>>> = {
  untouched: 'No changes were made.',
  podDeleted: "The leader's Pod is being deleted, which cannot be undone.",
}

/** Claims only what was observed of the lease. */
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
    case 'crashed':
      return `canceled, but the command has ended the old leader, which cannot be undone. ${holderText(to)}`
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
  return harmless(identity, 120)
}
