import type { Election } from '../../lease/election.ts'
import { ownerOf } from './holder-match.ts'
import type { PodFacts } from './pods.ts'

/** The Pods that may run the same program as one of these Pods: those of the same owner in its namespace. By name. */
export function siblingsOf(seeds: readonly PodFacts[], pods: readonly PodFacts[], election: Pick<Election, 'name'>): readonly PodFacts[] {
  const programs = new Set(seeds.map((pod) => programOf(pod, election)))
  return pods
    .filter((pod) => seeds.includes(pod) || programs.has(programOf(pod, election)))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Pods of the same program have the same text. Pods without an owner are of the election if they are named after it. */
function programOf(pod: PodFacts, election: Pick<Election, 'name'>): string {
  const owner = ownerOf(pod)
  if (owner !== null && owner.kind !== 'Node') return JSON.stringify([pod.namespace, owner.kind, owner.name])
  const name = owner !== null || pod.name.startsWith(`${election.name}-`) ? (componentOf(pod) ?? election.name) : pod.name
  return JSON.stringify([pod.namespace, owner !== null, name])
}

/** Which component of the control plane a static Pod is: its label, or the name of its manifest, which ends before the Node's. */
function componentOf({ component, name, nodeName, controller }: PodFacts): string | null {
  if (controller?.kind !== 'Node') return null
  if (component !== null) return component
  const ending = `-${nodeName}`
  return name.endsWith(ending) ? name.slice(0, -ending.length) : name
}
