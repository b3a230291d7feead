import type { V1EnvVar, V1ObjectMeta, V1SecurityContext } from '@kubernetes/client-node'
import type { Wire } from '../../shared/wire.ts'

/** An object that `kubectl apply` accepts. */
export interface Manifest {
  readonly apiVersion?: string | null
  readonly kind?: string | null
  readonly metadata?: Wire<V1ObjectMeta> | null
  readonly [field: string]: unknown
}

/** The namespace of a Pod, as a variable: so that kustomize can move manifests to another namespace. */
export const POD_NAMESPACE: Wire<V1EnvVar> = { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }

/** What each printed container runs with: all that the Pod Security Standard `restricted` asks for, and a read-only root. */
export const RESTRICTED: Wire<V1SecurityContext> = {
  runAsNonRoot: true,
  runAsUser: 65_532,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}

/** Several YAML documents, or one List in JSON. `kubectl apply -f -` accepts both. */
export async function manifestText(format: 'json' | 'yaml', manifests: readonly object[]): Promise<string> {
  if (format === 'json') {
    const [only, ...others] = manifests
    const object = only && others.length === 0 ? only : { apiVersion: 'v1', kind: 'List', items: manifests }
    return `${JSON.stringify(object, null, 2)}\n`
  }
  return (await Promise.all(manifests.map(yamlText))).join('---\n')
}

/** One YAML document. */
export async function yamlText(object: object): Promise<string> {
  const { dump } = await import('js-yaml')
  return dump(object, { noRefs: true, lineWidth: -1 })
}
