import type {
  V1Container,
  V1ContainerState,
  V1ContainerStateTerminated,
  V1ContainerStateWaiting,
  V1ContainerStatus,
  V1ObjectMeta,
  V1Pod,
  V1PodSpec,
  V1PodStatus,
} from '@kubernetes/client-node'
import { isObject, strings, text, unchecked, uncheckedList, type Unchecked } from '../unchecked.ts'

/** One container of a Pod, as far as its log needs it. */
export interface ContainerFacts {
  readonly name: string
  readonly kind: 'main' | 'init' | 'ephemeral'
  readonly isRunning: boolean
  /**
   * Identifies the run whose log the kubelet gives: another one after each restart. Null where it has never run, so
   * that there is no log.
   */
  readonly instance: string | null
  /** Why it does not run, as the kubelet has it: `ContainerCreating`, `CrashLoopBackOff`, `Completed`. */
  readonly reason: string | null
}

/** The containers of a Pod. */
export interface PodContainers {
  readonly uid: string
  /** In the order of kubectl: the main ones, then init containers and ephemeral ones. */
  readonly containers: readonly ContainerFacts[]
  /** What the annotation `kubectl.kubernetes.io/default-container` says. */
  readonly defaultName: string | null
}

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container'

const KINDS = [
  ['main', 'containers', 'containerStatuses'],
  ['init', 'initContainers', 'initContainerStatuses'],
  ['ephemeral', 'ephemeralContainers', 'ephemeralContainerStatuses'],
] as const

/** Reads a Pod. Anything missing or of the wrong type is taken as absent. */
export function podContainers(pod: unknown): PodContainers {
  const { metadata, spec, status } = unchecked<V1Pod>(pod)
  const { uid, annotations } = unchecked<V1ObjectMeta>(metadata)
  const podSpec = unchecked<V1PodSpec>(spec)
  const podStatus = unchecked<V1PodStatus>(status)
  const phase = text(podStatus.phase)
  return {
    uid: text(uid) ?? '',
    defaultName: strings(annotations)[DEFAULT_CONTAINER] ?? null,
    containers: KINDS.flatMap(([kind, specs, statuses]) => {
      const found = uncheckedList<V1ContainerStatus>(podStatus[statuses])
      return uncheckedList<V1Container>(podSpec[specs]).map((container) => {
        const name = text(container.name) ?? ''
        return { name, kind, ...runFacts(found.find((each) => each.name === name) ?? {}, phase) }
      })
    }),
  }
}

/** As the kubelet finds the log (`validateContainerLogStatus`): that of what runs, or else of what ran last. */
function runFacts(
  status: Unchecked<V1ContainerStatus>,
  phase: string | null,
): Pick<ContainerFacts, 'isRunning' | 'instance' | 'reason'> {
  const { running, terminated, waiting } = unchecked<V1ContainerState>(status.state)
  const run = [running, terminated, unchecked<V1ContainerState>(status.lastState).terminated].find(isObject)
  const { containerID, startedAt } = unchecked<V1ContainerStateTerminated>(run)
  const id = text(containerID) ?? text(status.containerID) ?? text(startedAt)
  const stopped = unchecked<V1ContainerStateWaiting | V1ContainerStateTerminated>(waiting ?? terminated)
  return {
    isRunning: isObject(running),
    instance: run ? (id ?? '') : null,
    reason: isObject(running) ? null : (text(stopped.reason) ?? phase),
  }
}

/** Which container was chosen, or why none was. */
export type ContainerChoice =
  | {
      readonly container: ContainerFacts
      /** Whether neither the user nor the Pod named it: it is the first of several. */
      readonly isDefaulted: boolean
    }
  | { readonly container: null; readonly wanted: string | null }

/** Chooses as `kubectl logs` does: the named one, or the one that the Pod's annotation names, or else the first. */
export function chooseContainer({ containers, defaultName }: PodContainers, wanted: string | null): ContainerChoice {
  const named = (name: string): ContainerFacts | undefined => containers.find((each) => each.name === name)
  if (wanted !== null) {
    const container = named(wanted)
    return container ? { container, isDefaulted: false } : { container: null, wanted }
  }
  const container = (defaultName !== null && named(defaultName)) || containers[0]
  if (!container) return { container: null, wanted: null }
  return { container, isDefaulted: container.name !== defaultName && containers.length > 1 }
}
