import type { KubernetesObject, V1ObjectMeta, V1OwnerReference } from '@kubernetes/client-node'
import { text, unchecked, uncheckedList } from '../unchecked.ts'

/** The object that controls another: the entry of `ownerReferences` with `controller: true`. */
export interface ControllerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

/** The controller of an object; null where it has none. */
export function controllerOf(object: unknown): ControllerReference | null {
  const { ownerReferences } = unchecked<V1ObjectMeta>(unchecked<KubernetesObject>(object).metadata)
  const reference = uncheckedList<V1OwnerReference>(ownerReferences).find((other) => other.controller === true)
  const kind = text(reference?.kind)
  const name = text(reference?.name)
  if (kind === null || name === null) return null
  return { kind, name, apiVersion: text(reference?.apiVersion) ?? '', uid: text(reference?.uid) ?? '' }
}
