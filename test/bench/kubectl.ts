import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The kubectl to compare with. */
export interface Kubectl {
  readonly path: string
  /** As in `v1.32.3`. */
  readonly version: string
}

/**
 * The kubectl that `KUBECTL` names, or the current one that `test/install/kubectl.sh` has installed. Without either, the
 * kubectl of the assets, which is as old as their kube-apiserver.
 */
export function kubectlOf(assets: string): Kubectl {
  const cache = process.env['KUBECTL_LEADER_CACHE'] || join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kubectl-leader')
  const installed = join(cache, 'kubectl-debian')
  const path = process.env['KUBECTL'] || (existsSync(installed) ? installed : join(assets, 'kubectl'))
  const output = execFileSync(path, ['version', '--client', '-o', 'json'], { encoding: 'utf8' })
  const { clientVersion } = JSON.parse(output) as { readonly clientVersion: { readonly gitVersion: string } }
  return { path, version: clientVersion.gitVersion }
}
