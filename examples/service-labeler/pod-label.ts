import { ApiException, PatchStrategy, setHeaderOptions, type CoreV1Api } from '@kubernetes/client-node'

const PREFIX = 'service-labeler.example.com'
/** When a Service of the namespace last changed. */
export const CHANGED_AT = `${PREFIX}/changed-at`
/** The state of the Services at that time. */
export const SERVICES = `${PREFIX}/services`
/** The term in which it was written. */
export const FENCING_TOKEN = `${PREFIX}/fencing-token`

/** A change of Services, as it is written to Pods. */
export interface Change {
  readonly atMs: number
  /** Identifies a state of the Services. */
  readonly services: string
  /** Whether this is the state at the start of the term. Then only Pods with an earlier state have missed a change. */
  readonly isFirst: boolean
}

/** The parts of a Pod that decide whether it is written. */
export interface PodState {
  readonly metadata?: {
    readonly annotations?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: Date
  }
}

/** A later leader has written, so this process is no longer the leader. */
export class Superseded extends Error {
  override readonly name = 'Superseded'
}

/** A time as the value of a label, which must not contain colons: `2026-01-31T12-00-00.000Z`. */
export function labelTime(atMs: number): string {
  return new Date(atMs).toISOString().replaceAll(':', '-')
}

/** Whether the change has not yet been written to the Pod. */
export function isToBeLabeled({ metadata }: PodState, change: Change): boolean {
  const known = metadata?.annotations?.[SERVICES]
  return metadata?.deletionTimestamp === undefined && known !== change.services && !(known === undefined && change.isFirst)
}

/**
 * Writes a change to a Pod, unless the Pod is gone or has it already. Resolves to whether it wrote.
 *
 * The Pod is the resource that this election protects, and this write is fenced: the API server rejects it (409) if
 * another client has written the Pod since it was read, and it is not attempted if a later term wrote the Pod. A leader
 * that was paused between the read and the write therefore cannot undo what the next leader did.
 *
 * @throws Superseded if a later term has written the Pod
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
