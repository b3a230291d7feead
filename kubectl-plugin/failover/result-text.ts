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
    case 'vacant':
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
      return INTERRUPTED[left].replace('%', shown(from))
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

const UNDERWAY: Readonly<Partial<Record<Abortion['left'], string>>> = {
  untouched: 'Nothing was written.',
  podDeleted: "The leader's Pod is being deleted, which can't be undone.",
}

const INTERRUPTED: Readonly<Record<Abortion['left'], string>> = {
  untouched: 'interrupted before anything was written. % leads on.',
  restored: 'interrupted, and undone: % stands in the lease again, as before.',
  released: 'interrupted. The old leader had stopped or must have, so the lease is free for whoever comes first.',
  lost: 'interrupted, while somebody else took over.',
  podDeleted: "interrupted. The leader's Pod is being deleted, which can't be undone; the election runs its course.",
}

function podText({ pod }: FailoverResult): string {
  if (!pod) return ''
  return ` (Pod ${harmless(pod.namespace)}/${harmless(pod.name)}${pod.node === null ? '' : ` on node ${harmless(pod.node)}`})`
}

function shown(identity: string): string {
  return identity === '' ? 'nobody' : harmless(identity, 120)
}
