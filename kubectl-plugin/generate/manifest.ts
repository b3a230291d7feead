import type { V1Deployment, V1Role, V1RoleBinding, V1ServiceAccount } from '@kubernetes/client-node'
import type { Wire } from '../../shared/wire.ts'

/** An object that `kubectl apply` accepts. */
export type Manifest = Wire<V1Deployment | V1Role | V1RoleBinding | V1ServiceAccount>

/** Several YAML documents, or one List in JSON. `kubectl apply -f -` accepts both. */
export async function manifestText(format: 'json' | 'yaml', manifests: readonly Manifest[]): Promise<string> {
  if (format === 'json') {
    const [only, ...others] = manifests
    const object = only && others.length === 0 ? only : { apiVersion: 'v1', kind: 'List', items: manifests }
    return `${JSON.stringify(object, null, 2)}\n`
  }
  const { dump } = await import('js-yaml')
  return manifests.map((manifest) => dump(manifest, { noRefs: true, lineWidth: -1 })).join('---\n')
}
