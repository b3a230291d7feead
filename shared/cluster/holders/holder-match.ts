import type { Election } from '../../lease/election.ts'
import { holderReadings, type HolderReading } from '../../lease/holder.ts'
import { isBlock, isPlaceholder } from '../../lease/placeholder.ts'
import { timestampMs } from '../../lease/timestamp.ts'
import type { Holder, Owner } from './holder.ts'
import type { PodFacts } from './pods.ts'
import { phrase, type Phrase } from '../../phrase.ts'

/** What of the cluster is at hand to match identities with. */
export interface Surroundings {
  /** The Pods that could be read. */
  readonly pods: readonly PodFacts[]
  /** Names of Nodes that are known to exist, beside those that Pods run on. */
  readonly nodes: ReadonlySet<string>
}

/** The control plane labels its identity lease with the machine it runs on. */
const HOSTNAME_LABEL = 'kubernetes.io/hostname'

/** Why an identity is matched with a Pod, a Node or nothing. Each is one object, because there are as many holders as elections. */
const BECAUSE = {
  blocked: phrase`a failover is blocking the lease; there is no leader`,
  maintained: phrase`the lease is blocked for maintenance; there is no leader`,
  nameless: phrase`the identity contains no name`,
  absent: phrase`no Pod or Node has that name`,
  leaseCandidate: phrase`it is a LeaseCandidate, and no Pod or Node has its name`,
  part: phrase`part of the identity is the Pod's name`,
  younger: phrase`the identity names the Pod, but the Pod appears to be newer than the record`,
  pod: phrase`the identity names the Pod`,
  hostName: phrase`the identity names the Pod's host name`,
  onNode: phrase`the identity names a Node, and one Pod with the election's name runs on it`,
  node: phrase`the identity names the Node`,
  elsewhere: phrase`a Pod of that name is in another namespace`,
  heartbeat: phrase`it is the Node's heartbeat`,
  apiServer: phrase`it is the API server's own lease`,
} as const

/** Matches holder identities with the Pods and Nodes that there are; see {@link Holder}. Asks for nothing itself. */
export class HolderMatcher {
  readonly #byName = new Map<string, PodFacts[]>()
  readonly #byHostname = new Map<string, PodFacts[]>()
  readonly #byNode = new Map<string, PodFacts[]>()
  readonly #nodes: ReadonlySet<string>

  constructor({ pods, nodes }: Surroundings) {
    this.#nodes = nodes
    for (const pod of pods) {
      add(this.#byName, pod.name, pod)
      if (pod.hostname !== null && pod.hostname !== pod.name) add(this.#byHostname, pod.hostname, pod)
      if (pod.nodeName !== null) add(this.#byNode, pod.nodeName, pod)
    }
  }

  /** The holder of an election; null if it has none. */
  match(election: Election): Holder | null {
    const identity = election.record.holderIdentity
    if (identity === '') return null
    if (isPlaceholder(identity)) return unknownHolder(BECAUSE.blocked)
    if (isBlock(identity)) return unknownHolder(BECAUSE.maintained)
    if (election.category === 'node') return this.#kubelet(identity, election)
    if (election.category === 'apiserver') return apiServer(identity, election)
    const readings = holderReadings(identity, election.name)
    const marked = readings.filter((reading) => reading.isDelimited)
    const guesses = readings.filter((reading) => !reading.isDelimited)
    for (const some of [marked, guesses]) {
      const holder =
        first(some, (reading) => this.#podOfThatName(reading, election)) ??
        first(some, (reading) => this.#podOfThatHostname(reading, election)) ??
        first(some, (reading) => this.#onNode(reading, election))
      if (holder) return holder
    }
    return (
      first(marked, (reading) => this.#podElsewhere(reading, election)) ??
      (readings.length === 0
        ? unknownHolder(BECAUSE.nameless)
        : election.record.strategy === null
          ? unknownHolder(BECAUSE.absent, 'absent')
          : // The API server writes the name of a LeaseCandidate, which need not be that of a Pod.
            unknownHolder(BECAUSE.leaseCandidate))
    )
  }

  #podOfThatName(reading: HolderReading, election: Election): Holder | null {
    const namespace = reading.namespace ?? election.namespace
    const pod = this.#byName.get(reading.name)?.find((other) => other.namespace === namespace)
    if (!pod || isAnotherOfThatName(reading, pod)) return null
    if (!reading.isDelimited) return podHolder(pod, 'derived', BECAUSE.part)
    return isYounger(pod, reading, election)
      ? { ...podHolder(pod, 'derived', BECAUSE.younger), doubt: 'younger' }
      : podHolder(pod, 'exact', BECAUSE.pod)
  }

  #podOfThatHostname(reading: HolderReading, election: Election): Holder | null {
    const namespace = reading.namespace ?? election.namespace
    const pod = only(this.#byHostname.get(reading.name)?.filter((other) => other.namespace === namespace))
    return pod && podHolder(pod, 'derived', BECAUSE.hostName)
  }

  /** Programs on the host's network take the Node's name for their own: static Pods, for one. */
  #onNode(reading: HolderReading, election: Election): Holder | null {
    const onNode = this.#byNode.get(reading.name)
    if (!onNode && !this.#nodes.has(reading.name)) return null
    const pod = only(
      onNode?.filter(
        (other) =>
          other.hostname === null &&
          other.namespace === election.namespace &&
          (isNamedAfter(other.name, election.name) || isNamedAfter(ownerOf(other)?.name ?? '', election.name)),
      ),
    )
    return pod
      ? podHolder(pod, 'derived', BECAUSE.onNode)
      : nodeHolder(reading.name, 'derived', BECAUSE.node)
  }

  #podElsewhere(reading: HolderReading, election: Election): Holder | null {
    if (!reading.isDelimited || reading.namespace !== null) return null
    const pod = only(this.#byName.get(reading.name))
    if (!pod || isAnotherOfThatName(reading, pod) || isYounger(pod, reading, election)) return null
    return podHolder(pod, 'derived', BECAUSE.elsewhere)
  }

  #kubelet(identity: string, election: Election): Holder {
    const isKnown = this.#nodes.has(identity) || this.#byNode.has(identity)
    return nodeHolder(identity, isKnown && identity === election.name ? 'exact' : 'derived', BECAUSE.heartbeat)
  }
}

/** The top of a Pod's controllers, as far as the Pod itself says: a Deployment names its ReplicaSets after itself. */
export function ownerOf({ controller, podTemplateHash }: PodFacts): Owner | null {
  if (!controller) return null
  const ending = `-${podTemplateHash}`
  return controller.kind === 'ReplicaSet' && podTemplateHash !== null && controller.name.endsWith(ending)
    ? { kind: 'Deployment', name: controller.name.slice(0, -ending.length) }
    : { kind: controller.kind, name: controller.name }
}

/** A holder of whom nothing is known. */
export function unknownHolder(because: Phrase, doubt: 'absent' | null = null): Holder {
  return { ...NOBODY, because, doubt }
}

const NOBODY = {
  kind: 'Unknown',
  namespace: null,
  name: null,
  node: null,
  confidence: 'none',
  doubt: null,
  owner: null,
  pod: null,
} as const

function podHolder(pod: PodFacts, confidence: 'exact' | 'derived', because: Phrase): Holder {
  const { namespace, name, nodeName } = pod
  return { kind: 'Pod', namespace, name, node: nodeName, confidence, because, doubt: null, owner: ownerOf(pod), pod }
}

function nodeHolder(name: string, confidence: 'exact' | 'derived', because: Phrase): Holder {
  return { ...NOBODY, kind: 'Node', name, node: name, confidence, because }
}

function apiServer(identity: string, election: Election): Holder {
  return {
    ...NOBODY,
    kind: 'APIServer',
    name: election.name,
    node: election.labels[HOSTNAME_LABEL] ?? null,
    confidence: identity.split('_', 1)[0] === election.name ? 'exact' : 'derived',
    because: BECAUSE.apiServer,
  }
}

/** Whether the identity gives a UID, and it is not this Pod's. */
function isAnotherOfThatName(reading: HolderReading, pod: PodFacts): boolean {
  return reading.uid !== null && pod.uid !== reading.uid
}

/**
 * Whether the Pod was created after the record was last written by its holder; or, where every process has an identity
 * of its own, after the holder acquired it. Two machines' clocks are compared: it only takes confidence away.
 */
function isYounger(pod: PodFacts, reading: HolderReading, { record }: Election): boolean {
  const writtenAtMs = timestampMs(reading.isPerProcess ? (record.acquireTime ?? record.renewTime) : record.renewTime)
  const createdAtMs = timestampMs(pod.creationTimestamp)
  // Creation is told in whole seconds, rounded down.
  return writtenAtMs !== null && createdAtMs !== null && createdAtMs > writtenAtMs
}

function isNamedAfter(name: string, electionName: string): boolean {
  return name === electionName || name.startsWith(`${electionName}-`)
}

function add(map: Map<string, PodFacts[]>, key: string, pod: PodFacts): void {
  const pods = map.get(key)
  if (pods) pods.push(pod)
  else map.set(key, [pod])
}

function only(pods: readonly PodFacts[] | undefined): PodFacts | null {
  return pods?.length === 1 ? pods[0]! : null
}

function first(readings: readonly HolderReading[], find: (reading: HolderReading) => Holder | null): Holder | null {
  for (const reading of readings) {
    const found = find(reading)
    if (found) return found
  }
  return null
}
