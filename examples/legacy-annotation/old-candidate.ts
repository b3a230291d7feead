// A candidate like those of client-go before 0.24: the record is JSON in an annotation of a ConfigMap. A standby reads it
// every 2 to 4.4 seconds, the leader renews it every 2 seconds and releases it on exit. See README.md in this folder.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ApiException, CoreV1Api, V1ConfigMap, V1ObjectMeta } from '@kubernetes/client-node'
import { loadKubeConfig } from '../service-labeler/cluster.ts'

const ANNOTATION = 'control-plane.alpha.kubernetes.io/leader'
const LEASE_SECONDS = 15
const RETRY_MS = 2_000

/** `LeaderElectionRecord` of client-go's resourcelock package. */
interface LeaderElectionRecord {
  readonly holderIdentity: string
  readonly leaseDurationSeconds: number
  readonly acquireTime: string
  readonly renewTime: string
  readonly leaderTransitions: number
}

const { values } = parseArgs({
  options: { name: { type: 'string', default: 'my-election' }, id: { type: 'string', default: 'old' } },
})
const kubeConfig = loadKubeConfig()
const core = kubeConfig.makeApiClient(CoreV1Api)
const namespace = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace ?? 'default'

/** The last observed record, and when it was first observed. Only that shows whether its holder still renews. */
let observed = { text: '', atMs: 0 }
let isLeading = false

/** client-go's `tryAcquireOrRenew`: resolves to whether this candidate holds the election. */
async function tryAcquireOrRenew(): Promise<boolean> {
  const found = await core.readNamespacedConfigMap({ namespace, name: values.name }).catch((error: unknown) => {
    if (error instanceof ApiException && error.code === 404) return null
    throw error
  })
  if (!found) {
    const annotations = { [ANNOTATION]: recordText(values.id, null) }
    const metadata = Object.assign(new V1ObjectMeta(), { name: values.name, annotations })
    await core.createNamespacedConfigMap({ namespace, body: Object.assign(new V1ConfigMap(), { metadata }) })
    return true
  }
  const text = found.metadata?.annotations?.[ANNOTATION] ?? ''
  if (text !== observed.text) observed = { text, atMs: performance.now() }
  const record = text === '' ? null : (JSON.parse(text) as LeaderElectionRecord)
  const isOthers = record !== null && record.holderIdentity !== '' && record.holderIdentity !== values.id
  if (isOthers && performance.now() < observed.atMs + LEASE_SECONDS * 1000) return false
  await write(found, recordText(values.id, record))
  return true
}

/** client-go's `release`: clears the holder, and sets the times of the release. */
async function release(): Promise<void> {
  const found = await core.readNamespacedConfigMap({ namespace, name: values.name })
  const record = JSON.parse(found.metadata!.annotations![ANNOTATION]!) as LeaderElectionRecord
  if (record.holderIdentity !== values.id) return
  const now = seconds()
  const released = { leaseDurationSeconds: 1, leaderTransitions: record.leaderTransitions }
  await write(found, JSON.stringify({ holderIdentity: '', ...released, acquireTime: now, renewTime: now }))
}

/** Replaces the object with the resourceVersion that was read, so that the API server rejects it if another client wrote first. */
async function write(configMap: V1ConfigMap, text: string): Promise<void> {
  configMap.metadata!.annotations = { ...configMap.metadata!.annotations, [ANNOTATION]: text }
  await core.replaceNamespacedConfigMap({ namespace, name: values.name, body: configMap })
}

function recordText(holderIdentity: string, before: LeaderElectionRecord | null): string {
  const isRenewal = before?.holderIdentity === holderIdentity
  const record: LeaderElectionRecord = {
    holderIdentity,
    leaseDurationSeconds: LEASE_SECONDS,
    acquireTime: isRenewal ? before.acquireTime : seconds(),
    renewTime: seconds(),
    leaderTransitions: before ? before.leaderTransitions + (isRenewal ? 0 : 1) : 0,
  }
  return JSON.stringify(record)
}

/** `metav1.Time` has no fractions. */
function seconds(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z')
}

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

while (!stop.signal.aborted) {
  const wasLeading: boolean = isLeading
  // Errors are retried. A program with work to guard would also observe client-go's renew deadline.
  isLeading = await tryAcquireOrRenew().catch(() => false)
  if (isLeading !== wasLeading) console.log(`${values.id}: ${isLeading ? 'leading' : 'not leading'}`)
  const pauseMs = isLeading ? RETRY_MS : RETRY_MS * (1 + 1.2 * Math.random())
  await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined)
}
if (isLeading) await release()
console.log(`${values.id}: ended`)
