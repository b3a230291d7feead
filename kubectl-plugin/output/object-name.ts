import { harmless, type Election, type LockKind } from '../../shared/lease/index.ts'

const TYPES: Readonly<Record<LockKind, string>> = {
  lease: 'lease.coordination.k8s.io',
  configmap: 'configmap',
  endpoints: 'endpoints',
  redis: 'redis',
}

/** The object that an election is kept in, as `kubectl get -o name` prints it and every kubectl command takes it. */
export function objectName({ lock, name }: Pick<Election, 'lock' | 'name'>): string {
  return `${TYPES[lock]}/${harmless(name)}`
}
