import { NAMESPACE } from './target.ts'

/** The paths of leases. */
export function leasesPath(namespace: string = NAMESPACE): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
}

export const ALL_LEASES = '/apis/coordination.k8s.io/v1/leases'

export function leasePath(name: string, namespace: string = NAMESPACE): string {
  return `${leasesPath(namespace)}/${name}`
}

export function configMapsPath(namespace: string = NAMESPACE): string {
  return `/api/v1/namespaces/${namespace}/configmaps`
}

export function podsPath(namespace: string = NAMESPACE): string {
  return `/api/v1/namespaces/${namespace}/pods`
}

/** A Lease to send. */
export function lease(name: string, spec: unknown = {}, metadata: object = {}): object {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, ...metadata }, spec }
}

/** A Pod that every server takes. */
export function pod(name: string, spec: object = {}, labels: Record<string, string> = {}): object {
  const containers = [{ name: 'main', image: 'registry.invalid/main:1' }]
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { containers, ...spec } }
}

let counter = 0

/** A name that no other test uses. */
export function freshName(base = 'lease'): string {
  return `${base}-${(++counter).toString(36)}`
}
