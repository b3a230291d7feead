import * as vscode from 'vscode'

const EXTENSION = 'ms-kubernetes-tools.vscode-kubernetes-tools'

/** The section of its settings, which is one object with this key for the path (its `src/components/config/config.ts`). */
export const KUBERNETES_SECTION = 'vs-kubernetes'
const KEY = 'vs-kubernetes.kubeconfig'

/**
 * The kubeconfig that is chosen in the Kubernetes extension, if that is installed; empty if none is chosen. VS Code does not
 * know that this setting of another extension chooses a cluster, so in an untrusted workspace only the user's counts.
 */
export function kubernetesExtensionKubeconfig(): string {
  if (!vscode.extensions.getExtension(EXTENSION)) return ''
  const configuration = vscode.workspace.getConfiguration()
  const settings = vscode.workspace.isTrusted
    ? configuration.get<unknown>(KUBERNETES_SECTION)
    : configuration.inspect<unknown>(KUBERNETES_SECTION)?.globalValue
  const file = typeof settings === 'object' && settings !== null ? (settings as Record<string, unknown>)[KEY] : ''
  return typeof file === 'string' ? file.trim() : ''
}
