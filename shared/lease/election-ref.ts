/** The kinds of object that store an election in a cluster. */
export type LockKind = 'lease' | 'configmap' | 'endpoints'

/** Which election in a cluster: the kind, namespace and name of the object that stores it. */
export interface ElectionRef {
  readonly lock: LockKind
  readonly namespace: string
  readonly name: string
}

/** Identifies an election within one cluster. */
export function electionKey({ lock, namespace, name }: ElectionRef): string {
  // join() makes one flat string. A template literal would make a tree of strings, which stays in memory.
  return [lock, namespace, name].join('/')
}

/** Its name for a person: `lease "NAME" in namespace "NAMESPACE"`, with the names as they are in the cluster. */
export function placeText({ lock, namespace, name }: ElectionRef): string {
  return `${lock} "${name}" in namespace "${namespace}"`
}
