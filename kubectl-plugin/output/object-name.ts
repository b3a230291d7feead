import { harmless } from '../../shared/lease/harmless.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { LockKind } from '../../shared/lease/election-ref.ts'

const TYPES: Readonly<Record<LockKind, string>> = {
  lease: 'lease.coordination.k8s.io',
  configmap: 'configmap',
  endpoints: 'endpoints',
}

/** The lock object of an election, in the form that `kubectl get -o name` prints and all kubectl commands accept. */
export function objectName({ lock, name }: Pick<Election, 'lock' | 'name'>): string {
  return `${TYPES[lock]}/${harmless(name)}`
}
