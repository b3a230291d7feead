import type { V1ObjectMeta, V1Pod } from '@kubernetes/client-node'
import type { ApiClient } from '../cluster/client.ts'
import { ClusterError } from '../cluster/errors.ts'
import { controllerOf, type ControllerReference } from '../cluster/holders/owner-reference.ts'
import { metadataOnly, type Collection } from '../cluster/list-watch/collection.ts'
import { listCollection } from '../cluster/list-watch/list.ts'
import { apiPath, PODS, subjectOf } from '../cluster/paths.ts'
import { strings, text, unchecked } from '../cluster/unchecked.ts'
import type { Clock } from '../time/clock.ts'
import type { LabeledPod, LabelStep, WriteResult } from './label-machine.ts'
import type { ElectionRef } from '../lease/election-ref.ts'

/** A label, and the Pods that can bear it. */
export interface LabelPlace {
  readonly namespace: string
  /** Which election the label is for, as `lease/NAME`: others of the namespace may use the same key for Pods of theirs. */
  readonly election: string
  readonly key: string
  readonly value: string
  /** Absent: all Pods of the namespace. All writers of one election must have the same. */
  readonly labelSelector?: string
}

/**
 * The place of an election's label. All writers of a label must make it here: a fence that names the election in another way
 * would not be taken for one.
 */
export function labelPlace(
  { lock, namespace, name }: ElectionRef,
  { key, value, labelSelector }: { readonly key: string; readonly value: string; readonly labelSelector?: string | undefined },
): LabelPlace {
  return { namespace, election: `${lock}/${name}`, key, value, ...(labelSelector !== undefined && { labelSelector }) }
}

/** A Pod as it was read, with what controls it. */
export interface ReadPod extends LabeledPod {
  readonly controller: ControllerReference | null
}

/** A write without an answer is looked at again after this time. */
const TIMEOUT_MS = 5_000
/** The longest name of an annotation, without its prefix. */
const LONGEST_NAME = 63

/** Reads and writes the Pods of one label; each request goes to etcd, and never to a cache. */
export class LabeledPods {
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #place: LabelPlace
  readonly #fenceKey: string

  constructor(client: ApiClient, clock: Clock, place: LabelPlace) {
    this.#client = client
    this.#clock = clock
    this.#place = place
    this.#fenceKey = fenceAnnotation(place.key)
  }

  /**
   * All Pods that a writer may have labeled: those of the selector, and those that bear the label of this election still.
   * @throws ClusterError if they cannot be listed
   */
  async list(signal: AbortSignal): Promise<readonly ReadPod[]> {
    const { labelSelector, key } = this.#place
    const selected = await this.#list(signal, { labelSelector })
    if (labelSelector === undefined) return selected
    const names = new Set(selected.map(({ name }) => name))
    return [...selected, ...(await this.#list(signal, { labelSelector: key })).filter(({ name, fence }) => fence !== null && !names.has(name))]
  }

  /**
   * One Pod of the selector, as it matched: so a write to this version cannot be one to a Pod that the next writer does not list.
   * @throws ClusterError if it cannot be read
   */
  async readSelected(name: string, signal: AbortSignal): Promise<ReadPod | null> {
    const { labelSelector } = this.#place
    if (labelSelector === undefined) return this.read(name, signal)
    return (await this.#list(signal, { labelSelector, fieldSelector: `metadata.name=${name}` }))[0] ?? null
  }

  async #list(
    signal: AbortSignal,
    { labelSelector, fieldSelector }: { readonly labelSelector: string | undefined; readonly fieldSelector?: string },
  ): Promise<readonly ReadPod[]> {
    const { namespace } = this.#place
    const collection: Collection<ReadPod> = {
      path: apiPath(PODS, { namespace }),
      subject: { resource: 'pods', namespace },
      isMetadataEnough: true,
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
      decode: (object) => this.#decode(object),
    }
    return (await listCollection(this.#client, this.#clock, collection, { freshness: 'latest', timeoutMs: TIMEOUT_MS, signal })).objects
  }

  /**
   * Null if the Pod does not exist.
   * @throws ClusterError if it cannot be read
   */
  async read(name: string, signal: AbortSignal): Promise<ReadPod | null> {
    const place = { namespace: this.#place.namespace, name }
    try {
      return this.#decode(
        await this.#client.request({
          method: 'GET',
          path: apiPath(PODS, place),
          accept: metadataOnly('watch'),
          subject: subjectOf('get', PODS, place),
          timeoutMs: TIMEOUT_MS,
          signal,
        }),
      )
    } catch (error) {
      if (error instanceof ClusterError && error.kind === 'notFound') return null
      throw error
    }
  }

  /** Rejects only with the signal's reason, and then the write may still happen. */
  async write({ pod, isLabeled, fence }: Extract<LabelStep, { step: 'write' }>, signal: AbortSignal): Promise<WriteResult> {
    const { namespace, key, value } = this.#place
    const place = { namespace, name: pod.name }
    const metadata = {
      uid: pod.uid,
      resourceVersion: pod.resourceVersion,
      labels: { [key]: isLabeled ? value : null },
      annotations: { [this.#fenceKey]: this.#fenceText(fence) },
    }
    try {
      const written = await this.#client.request({
        method: 'PATCH',
        path: apiPath(PODS, place),
        query: { fieldManager: 'kubectl-leader' },
        contentType: 'application/merge-patch+json',
        accept: metadataOnly('watch'),
        body: { metadata },
        subject: subjectOf('patch', PODS, place),
        timeoutMs: TIMEOUT_MS,
        onCut: 'fail',
        signal,
      })
      return { result: 'written', resourceVersion: this.#decode(written).resourceVersion }
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      return resultOf(error)
    }
  }

  /**
   * Asks the server whether it would take the label. Changes nothing (a dry run).
   * @throws ClusterError if it would not
   */
  async tryWrite({ name, uid }: LabeledPod, signal: AbortSignal): Promise<void> {
    const { namespace, key, value } = this.#place
    const place = { namespace, name }
    await this.#client.request({
      method: 'PATCH',
      path: apiPath(PODS, place),
      query: { fieldManager: 'kubectl-leader', dryRun: 'All' },
      contentType: 'application/merge-patch+json',
      accept: metadataOnly('watch'),
      body: { metadata: { uid, labels: { [key]: value }, annotations: { [this.#fenceKey]: this.#fenceText('0.0') } } },
      subject: subjectOf('patch', PODS, place),
      timeoutMs: TIMEOUT_MS,
      signal,
    })
  }

  #decode(object: unknown): ReadPod {
    const metadata = unchecked<V1ObjectMeta>(unchecked<V1Pod>(object).metadata)
    return {
      name: text(metadata.name) ?? '',
      uid: text(metadata.uid) ?? '',
      resourceVersion: text(metadata.resourceVersion) ?? '',
      isLabeled: Object.hasOwn(strings(metadata.labels), this.#place.key),
      fence: this.#fenceOf(strings(metadata.annotations)[this.#fenceKey] ?? ''),
      controller: controllerOf(object),
    }
  }

  #fenceText(fence: string): string {
    return `${fence} ${this.#place.election}`
  }

  /** Null if it is that of another election. */
  #fenceOf(text: string): string | null {
    const [fence = '', election] = text.split(' ')
    return election === this.#place.election ? fence : null
  }
}

/** The annotation that holds the fence of a label: one for each key. */
export function fenceAnnotation(key: string): string {
  return `fence.leader.kubectl.dev/${key.replaceAll('/', '_').slice(-LONGEST_NAME).replace(/^[^A-Za-z0-9]+/, '')}`
}

/** What does not say that the write was refused may still happen. */
function resultOf(error: ClusterError): WriteResult {
  switch (error.kind) {
    case 'conflict':
      return { result: 'conflict' }
    case 'notFound':
      return { result: 'gone' }
    case 'forbidden':
    case 'denied':
    case 'invalid':
    case 'unauthorized':
      return { result: 'refused', reason: error.message }
    default:
      return { result: 'unknown' }
  }
}
