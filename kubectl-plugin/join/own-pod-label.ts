import type { LabelEvent } from '../../shared/label/label-term.ts'
import { labelPlace } from '../../shared/label/labeled-pods.ts'
import { OwnLabel } from '../../shared/label/own-label.ts'
import { LabelRefused } from '../../shared/label/selector-check.ts'
import { CommandError } from '../exit-code.ts'
import type { Session } from '../session.ts'
import type { JoinEvent } from './join-events.ts'
import type { JoinRequest, OwnLabelRequest } from './join-request.ts'
import type { JoinTarget } from './join-target.ts'

const NO_CHANGES = 'No changes were made.'

/**
 * Fails before anything is read if there is no Pod to label.
 * @throws CommandError if the election is in Redis, or the Pod is not known
 */
export function checkLabel(session: Session, { label, address }: JoinRequest): void {
  if (!label) return
  if (address.lock === 'redis') throw new CommandError(`--label is not supported for Redis. ${NO_CHANGES}`)
  podOf(session, label)
}

/**
 * The label that the candidate keeps on its Pod.
 * @throws CommandError if the Pod is in another namespace
 */
export function ownPodLabel(
  session: Session,
  request: OwnLabelRequest,
  { lock, cluster }: JoinTarget,
  { tell, tellError }: { readonly tell: (event: JoinEvent) => void; readonly tellError: (reason: string) => void },
): OwnLabel {
  const { client, place } = cluster!
  const { POD_NAMESPACE: podNamespace = '' } = session.env
  if (request.pod === undefined && podNamespace !== '' && podNamespace !== place.namespace) {
    throw new CommandError(
      `This candidate's Pod is in namespace "${podNamespace}" ($POD_NAMESPACE), but the election is in "${place.namespace}". ` +
        `A label needs both in one namespace. ${NO_CHANGES}`,
    )
  }
  const { key, value, labelSelector } = request
  return new OwnLabel({
    client,
    clock: session.clock,
    lock,
    place: labelPlace(place, { key, value, labelSelector }),
    pod: podOf(session, request),
    onEvent: (event) => toldOf(event, tell, tellError),
  })
}

/** @throws CommandError if the Pod must not be labeled; ClusterError */
export async function prepareLabel(session: Session, label: OwnLabel | null): Promise<void> {
  try {
    await label?.prepare(session.signal)
  } catch (error) {
    if (error instanceof LabelRefused) throw new CommandError(`${error.message} ${NO_CHANGES}`, undefined, { cause: error })
    throw error
  }
}

function podOf({ env }: Session, { pod = env.POD_NAME ?? '' }: OwnLabelRequest): string {
  if (pod !== '') return pod
  throw new CommandError(
    `--label needs the name of this candidate's Pod. Set POD_NAME from metadata.name (the downward API), or pass --pod. ${NO_CHANGES}`,
  )
}

function toldOf(event: LabelEvent, tell: (event: JoinEvent) => void, tellError: (reason: string) => void): void {
  switch (event.type) {
    case 'labeled':
    case 'unlabeled':
      return tell(event)
    case 'refused':
      return tell({ type: 'not-labeled', refusals: event.refusals })
    case 'gone':
      return tellError(`Pod ${event.pod} does not exist any more, so it is not labeled`)
    case 'replaced':
      return tellError(`Pod ${event.pod} is not the Pod that this candidate found when it joined, so it is not labeled`)
    case 'not-selected':
      return tellError(`Pod ${event.pod} does not match the selector, so it is not labeled`)
    case 'left-labeled':
      return tellError(`the label could not be removed from Pod ${event.pod}: ${event.reason}; the next leader removes it`)
    case 'retrying':
      return tellError(event.reason)
    case 'superseded':
  }
}
