import type { Abortion } from './failover-events.ts'

const CAUSES: Readonly<Record<Abortion['cause'], string>> = {
  interrupted: 'it was canceled',
  durationChanged: 'the leader changed its lease duration',
  reacquired: 'the leader acquired the lease again',
  podReplaced: "the leader's Pod was gone or replaced",
  targetReplaced: 'the candidate to hand over to was restarted',
  taken: 'another client wrote the lease',
  underway: 'another failover began',
  emptied: 'another client released the lease',
  deleted: 'another client deleted the lease',
  busy: 'the holder wrote the lease too often',
}

const LEFT: Readonly<Record<Abortion['left'], string>> = {
  untouched: 'No changes were made.',
  restored: 'The old leader leads again.',
  unrenewed: 'The old leader was written back, but has not renewed the lease.',
  released: 'The lease was released.',
  handedOver: 'The lease was handed over, but not renewed yet.',
  lost: 'The lease is left as it is.',
  podDeleted: "The old leader's Pod is being deleted.",
  crashed: 'The old leader was ended.',
}

/** Why a failover stopped early, and how it left the election, after a subject: `stopped early, because it was canceled.` */
export function stoppedEarlyText({ cause, left }: Abortion): string {
  return `stopped early, because ${CAUSES[cause]}. ${LEFT[left]}`
}
