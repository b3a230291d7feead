/**
 * One way to read a holder identity: as the name of a Pod, or of its machine, perhaps with a suffix. An identity is only a
 * string that a program chose, so a reading does not mean that such a Pod or machine exists.
 */
export interface HolderReading {
  /** A name that a Pod or a Node may have (RFC 1123 subdomain). */
  readonly name: string
  /** The namespace in the identity; null if it contains none, which means the election's namespace. */
  readonly namespace: string | null
  /** The Pod's UID, if the identity contains one (`pod/uid`). */
  readonly uid: string | null
  /**
   * Whether the identity shows where the name ends. If it does not (`pod-suffix`: the name of a Pod can contain dashes as
   * well), a Pod with that name is only a likely holder.
   */
  readonly isDelimited: boolean
  /** Whether every process generates the rest of the identity anew, so that a restarted process is a new candidate. */
  readonly isPerProcess: boolean
}

const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
/** A longer identity cannot be a name with a UUID. Reading it would only cost time. */
const LONGEST_IDENTITY = 1024
const LONGEST_NAME = 253

/**
 * The ways to read a holder identity, the most literal first; none if it is empty or contains no possible name. (A bare
 * UUID, or a sidecar's `1573646421113-8081-…`, can be read as a name, but matches no Pod.)
 *
 * Formats in use: `pod` (ingress-nginx, istiod, Kyverno, CSI sidecars: the Pod's name or `os.Hostname()`); `pod_uuid`
 * and, for programs on the host's network, `node_uuid` (client-go's example, controller-runtime, the control plane,
 * this project); `pod_ip` (Knative); `pod-suffix` (Cilium: `hostname-random`); `pod-external-lease` (cert-manager);
 * `pod/uid`, `namespace/pod`, `namespace/pod/container`; `pod.namespace.svc…`, `pod.subdomain.namespace.svc…`;
 * `host:port`; a node's name alone (kubelets, k3s, kube-vip).
 *
 * @param electionName the election's own name, which some programs append to the identity.
 */
export function holderReadings(identity: string, electionName = ''): readonly HolderReading[] {
  if (identity === '' || identity.length > LONGEST_IDENTITY || UUID.test(identity)) return []
  const readings: HolderReading[] = []
  for (const reading of identity.includes('/') ? pathReadings(identity) : nameReadings(identity, electionName)) {
    if (reading.name.length > LONGEST_NAME || !SUBDOMAIN.test(reading.name) || UUID.test(reading.name)) continue
    if (!readings.some((other) => other.name === reading.name && other.namespace === reading.namespace)) {
      readings.push(reading)
    }
  }
  return readings
}

const PLAIN = { namespace: null, uid: null, isDelimited: true, isPerProcess: false } as const
const GUESS = { ...PLAIN, isDelimited: false } as const

/** `pod/uid`, `namespace/pod`, `namespace/pod/uid`. In any other form, each part may be the name. */
function* pathReadings(identity: string): Generator<HolderReading> {
  const parts = identity.split('/')
  const [first = '', second = '', third = ''] = parts
  if (UUID.test(second)) {
    yield { ...PLAIN, name: first, uid: second, isPerProcess: true }
  } else if (parts.length <= 3 && SUBDOMAIN.test(first)) {
    const { name, rest } = undelimited(second)
    const uid = UUID.test(third) ? third : null
    yield { ...PLAIN, namespace: first, name, uid, isPerProcess: uid !== null || UUID.test(rest) }
  }
  for (const part of parts.slice(0, 4)) yield { ...GUESS, name: undelimited(part).name }
}

function* nameReadings(identity: string, electionName: string): Generator<HolderReading> {
  const { name, rest } = undelimited(identity)
  const isPerProcess = UUID.test(rest)
  yield { ...PLAIN, name, isPerProcess }

  // The DNS name of a Pod: pod.namespace.svc…, or pod.subdomain.namespace.svc…
  const service = /^([^.]+)(?:\.[^.]+)?\.([^.]+)\.svc(?:\.|$)/.exec(name)
  if (service) yield { ...PLAIN, name: service[1]!, namespace: service[2]!, isPerProcess }

  if (electionName !== '' && name.endsWith(`-${electionName}`)) {
    const start = name.slice(0, -electionName.length - 1)
    yield { ...PLAIN, name: start.replace(/-external$/, ''), isDelimited: start.endsWith('-external'), isPerProcess }
  }
  yield { ...GUESS, name: before(name, name.lastIndexOf('-external-')) }
  // Names in a cluster are lowercase. A machine's own name may have capitals.
  yield { ...GUESS, name: name.toLowerCase(), isPerProcess }
  yield { ...GUESS, name: before(name, name.indexOf('.')), isPerProcess }
  yield { ...GUESS, name: name.replace(/-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, ''), isPerProcess: true }
  // A dash ends the name only if no other character does.
  if (rest === '') yield { ...GUESS, name: before(name, name.lastIndexOf('-')) }
  for (const part of rest.split(/[^-.A-Za-z0-9]+/)) yield { ...GUESS, name: part }
}

function before(text: string, index: number): string {
  return index > 0 ? text.slice(0, index) : ''
}

/** Splits at the first character that cannot be in a name: `_`, `:`, `@`… */
function undelimited(identity: string): { readonly name: string; readonly rest: string } {
  const end = identity.search(/[^-.A-Za-z0-9]/)
  return end < 0 ? { name: identity, rest: '' } : { name: identity.slice(0, end), rest: identity.slice(end + 1) }
}
