import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { ClusterError } from './errors.ts'
import { parseKubeconfig, type Kubeconfig } from './kubeconfig-file.ts'

/**
 * Reads the kubeconfig that kubectl would (clientcmd's ClientConfigLoadingRules): the file asked for, which must be
 * there; or the files of `$KUBECONFIG`, of which the missing are passed over; or `~/.kube/config`, if there is one.
 *
 * @throws ClusterError of kind `config`
 */
export async function loadKubeconfig(explicitFile: string | undefined, env: NodeJS.ProcessEnv): Promise<Kubeconfig> {
  if (explicitFile) {
    const kubeconfig = await readKubeconfig(explicitFile)
    if (kubeconfig) return kubeconfig
    throw new ClusterError(
      `There is no kubeconfig ${explicitFile}. Give --kubeconfig a file that exists, or leave it out.`,
      { kind: 'config' },
    )
  }
  if (!env.KUBECONFIG) {
    const missing = mergeKubeconfigs([])
    return (await readKubeconfig(join(env.HOME || env.USERPROFILE || homedir(), '.kube', 'config'))) ?? missing
  }
  const files = [...new Set(env.KUBECONFIG.split(delimiter).filter((file) => file !== ''))]
  const read = await Promise.all(files.map(readKubeconfig))
  return mergeKubeconfigs(
    read.filter((kubeconfig) => kubeconfig !== undefined),
    files.filter((_, index) => read[index] === undefined),
  )
}

/**
 * Merges as clientcmd does: of every name, and of the current context, the first file that has one decides. Entries
 * are taken whole; two of one name are not mixed.
 */
export function mergeKubeconfigs(kubeconfigs: readonly Kubeconfig[], missingFiles: readonly string[] = []): Kubeconfig {
  const firstOf = <T>(maps: readonly ReadonlyMap<string, T>[]): Map<string, T> =>
    new Map(maps.toReversed().flatMap((map) => [...map]))
  return {
    files: kubeconfigs.flatMap(({ files }) => files),
    missingFiles,
    currentContext: kubeconfigs.find(({ currentContext }) => currentContext)?.currentContext,
    contexts: firstOf(kubeconfigs.map(({ contexts }) => contexts)),
    clusters: firstOf(kubeconfigs.map(({ clusters }) => clusters)),
    users: firstOf(kubeconfigs.map(({ users }) => users)),
  }
}

async function readKubeconfig(file: string): Promise<Kubeconfig | undefined> {
  let text: string
  try {
    // Small and local; loading the asynchronous API would take longer than reading.
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new ClusterError(`The kubeconfig ${file} can't be read: ${reading(code)}.`, { kind: 'config', cause: error })
  }
  return parseKubeconfig(text, file)
}

function reading(code: string | undefined): string {
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied; change its permissions'
  if (code === 'EISDIR') return 'it is a folder; name a file'
  return code ?? 'unknown error'
}
