import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** The programs that a real cluster is made of, by file name. */
export const ASSET_NAMES = ['etcd', 'kube-apiserver', 'kubectl'] as const

/**
 * The directory with etcd, kube-apiserver and kubectl, which the environment names as `KUBEBUILDER_ASSETS`: made by
 * `test/install/kube-apiserver.sh`, or by setup-envtest. Undefined where the variable isn't set.
 *
 * @throws Error where it is set but a program is missing, so that tests aren't skipped by a typing error.
 */
export function realClusterAssets(): string | undefined {
  const directory = process.env['KUBEBUILDER_ASSETS']
  if (!directory) return undefined
  for (const name of ASSET_NAMES) {
    if (!isExecutable(join(directory, name))) {
      throw new Error(`KUBEBUILDER_ASSETS is ${directory}, which has no executable ${name}`)
    }
  }
  return directory
}

/**
 * The program built from `test/interop/client-go-candidate`: what `CLIENT_GO_CANDIDATE` names, or else the one beside
 * the assets, where the install script puts it. Undefined where there is none.
 */
export function clientGoCandidate(): string | undefined {
  const named = process.env['CLIENT_GO_CANDIDATE']
  if (named) {
    if (!isExecutable(named)) throw new Error(`CLIENT_GO_CANDIDATE is ${named}, which is not executable`)
    return named
  }
  const assets = realClusterAssets()
  const beside = assets && join(assets, 'client-go-candidate')
  return beside && isExecutable(beside) ? beside : undefined
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
