import { phrase, verbatim, type Phrase } from '../phrase.ts'

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
export function placeText(place: ElectionRef): string {
  return placePhrase(place).text
}

/** The same, for a translation. */
export function placePhrase({ lock, namespace, name }: ElectionRef): Phrase {
  return phrase`${lock === 'lease' ? phrase`lease` : lock} "${name}" in namespace "${namespace}"`
}

/** The description of a lock (`lease NAMESPACE/NAME`), for a translation. Kinds of objects other than leases are not translated. */
export function lockPhrase(description: string): Phrase {
  const place = /^lease (.+)$/s.exec(description)?.[1]
  return place === undefined ? verbatim(description) : phrase`lease ${place}`
}
