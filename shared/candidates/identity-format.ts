import type { Holder } from '../cluster/holders/holder.ts'
import type { PodFacts } from '../cluster/holders/pods.ts'
import type { Election } from '../lease/election.ts'

/** A format of identities that depend only on the Pod. */
export type IdentityFormat = (pod: PodFacts, electionName: string) => string

const FORMATS: readonly IdentityFormat[] = [
  ({ name }) => name,
  ({ namespace, name }) => `${namespace}/${name}`,
  ({ name, uid }) => `${name}/${uid}`,
  ({ name, uid }) => `${name}_${uid}`,
  ({ namespace, name, uid }) => `${namespace}/${name}/${uid}`,
  ({ name }, electionName) => `${name}-external-${electionName}`,
]

/** The format of the holder's identity, if it is the same for all Pods of its owner; otherwise undefined. */
export function formatOf(holder: Holder | null, { name, record }: Election): IdentityFormat | undefined {
  const own = holder?.confidence === 'exact' ? holder.pod : null
  return own ? FORMATS.find((format) => format(own, name) === record.holderIdentity) : undefined
}
