import { ApiException, PatchStrategy, setHeaderOptions, type CoreV1Api } from '@kubernetes/client-node'

const PREFIX = 'service-labeler.example.com'
/** When a Service of the namespace last changed. */
export const CHANGED_AT = `${PREFIX}/changed-at`
/** Which state of the Services that was. */
export const SERVICES = `${PREFIX}/services`
/** In which term it was written. */
export const FENCING_TOKEN = `${PREFIX}/fencing-token`

/** A change of Services, as it is written on Pods. */
export interface Change {
  readonly atMs: number
  /** Tells one state of the Services from another. */
  readonly services: string
  /** Whether it is what was there when the term began: then only Pods that know of an earlier state have missed it. */
  readonly isFirst: boolean
}

/** What of a Pod decides whether it is written. */
export interface PodState {
  readonly metadata?: {
    readonly annotations?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: Date
  }
}

/** A later leader has written: whoever meets this is none any more. */
export class Superseded extends Error {
  override readonly name = 'Superseded'
}

/** A time as the value of a label, which can have no colons: `2026-01-31T12-00-00.000Z`. */
export function labelTime(atMs: number): string {
  return new Date(atMs).toISOString().replaceAll(':', '-')
}

/** Whether the Pod is yet to be told of the change. */
export function isToBeLabeled({ metadata }: PodState, change: Change): boolean {
  const known = metadata?.annotations?.[SERVICES]
  return metadata?.deletionTimestamp === undefined && known !== change.services && !(known === undefined && change.isFirst)
}

/**
 * Writes a change on a Pod, unless it has gone or knows already; resolves to whether it wrote.
 *
 * The Pod is the resource that this election protects, and here it is fenced: the write is refused (409) where anybody
 * has written since it was read, and not even tried where that was a later term. So a leader that was stopped between
 * the reading and the writing can't undo what its successor did.
 *
 * @throws Superseded
 */
export async function labelPod(
  core: CoreV1Api,
  pod: { readonly namespace: string; readonly name: string },
  change: Change,
  fencingToken: string,
): Promise<boolean> {
  const read = await core.readNamespacedPod(pod).catch(nullIfGone)
  if (!read) return false
  const writtenBy = read.metadata!.annotations?.[FENCING_TOKEN]
  if (writtenBy !== undefined && BigInt(writtenBy) > BigInt(fencingToken)) {
    throw new Superseded(`Pod ${pod.name} was written in term ${writtenBy}; this is term ${fencingToken}.`)
  }
  if (!isToBeLabeled(read, change)) return false
  const metadata = {
    resourceVersion: read.metadata!.resourceVersion,
    labels: { [CHANGED_AT]: labelTime(change.atMs) },
    annotations: { [SERVICES]: change.services, [FENCING_TOKEN]: fencingToken },
  }
  const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
  return (await core.patchNamespacedPod({ ...pod, body: { metadata } }, mergePatch).catch(nullIfGone)) !== null
}

function nullIfGone(error: unknown): null {
  if (error instanceof ApiException && error.code === 404) return null
  throw error
}
