import { Watch, type CoreV1Api, type KubeConfig, type V1Service } from '@kubernetes/client-node'
import type { Clock } from '../../shared/index.ts'

/** The resourceVersion of every Service, by uid. Two of these differ exactly if a Service has changed. */
export type ServiceVersions = ReadonlyMap<string, string>

export interface ServiceWatchOptions {
  readonly kubeConfig: KubeConfig
  readonly core: CoreV1Api
  readonly namespace: string
  readonly clock: Clock
  /** Called with the initial state, and then after every change. */
  readonly onServices: (services: ServiceVersions) => void
  readonly onError: (error: unknown) => void
}

const PAUSE_MS = 1_000

/** Lists the Services and watches them from there, repeatedly, until the signal is aborted. */
export async function watchServices(options: ServiceWatchOptions, signal: AbortSignal): Promise<void> {
  const { core, namespace, clock, onServices, onError } = options
  const isAborted = (): boolean => signal.aborted
  while (!isAborted()) {
    try {
      const { items, metadata } = await core.listNamespacedService({ namespace })
      const services = new Map(items.map(({ metadata: service }) => [service!.uid!, service!.resourceVersion!]))
      onServices(services)
      let version: string | null = metadata!.resourceVersion!
      while (version !== null) version = await watchFrom(version, services, options, signal)
    } catch (error) {
      if (isAborted()) return
      onError(error)
    }
    await clock.sleep(PAUSE_MS, signal).catch(() => undefined)
  }
}

/** Watches until the watch ends. Returns the version to continue from; null if a new list is needed, after a pause. */
async function watchFrom(
  resourceVersion: string,
  services: Map<string, string>,
  { kubeConfig, namespace, onServices }: ServiceWatchOptions,
  signal: AbortSignal,
): Promise<string | null> {
  let last: string | null = resourceVersion
  const onEvent = (type: string, object: V1Service): void => {
    if (signal.aborted || last === null) return
    if (type === 'ERROR') {
      last = null
      return
    }
    const { uid, resourceVersion: version } = object.metadata!
    last = version!
    if (type === 'BOOKMARK') return
    if (type === 'DELETED') services.delete(uid!)
    else services.set(uid!, version!)
    onServices(services)
  }
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`
  const ended = Promise.withResolvers<unknown>()
  const query = { resourceVersion, allowWatchBookmarks: true }
  const watch = await new Watch(kubeConfig).watch(path, query, onEvent, ended.resolve)
  const stop = (): void => watch.abort()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const error = await ended.promise
  signal.removeEventListener('abort', stop)
  // The client ends a watch without events after half a minute. That is normal.
  const isIdle = error instanceof DOMException && error.name === 'TimeoutError'
  const isFine = isIdle || (!error && last !== resourceVersion)
  return isFine && !signal.aborted ? last : null
}
