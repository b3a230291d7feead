import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { ClusterError } from '../errors.ts'
import { parseKubeconfig, type Kubeconfig } from './kubeconfig-file.ts'
import { kubeconfigError } from './kubeconfig-fields.ts'
import { decodeText } from './kubeconfig-text.ts'
import { phrase, verbatim, type Phrase } from '../../phrase.ts'

/**
 * The files that kubectl would read (clientcmd's ClientConfigLoadingRules), whether they are there or not: the one asked
 * for; or those of `$KUBECONFIG`, each once; or `~/.kube/config`, where there is a home.
 */
export function kubeconfigFiles(explicitFile: string | undefined, env: NodeJS.ProcessEnv): readonly string[] {
  if (explicitFile) return [explicitFile]
  if (env.KUBECONFIG) return [...new Set(env.KUBECONFIG.split(delimiter).filter((file) => file !== ''))]
  const home = env.HOME || env.USERPROFILE || homeFolder()
  return home === '' ? [] : [join(home, '.kube', 'config')]
}

/** Empty where the user has none: one without an entry in /etc/passwd. */
function homeFolder(): string {
  try {
    return homedir()
  } catch {
    return ''
  }
}

/**
 * Reads the kubeconfig that kubectl would: the file asked for, which must be there; or the files of `$KUBECONFIG`, of
 * which the missing are passed over; or `~/.kube/config`, if there is one.
 *
 * @throws ClusterError of kind `config`
 */
export async function loadKubeconfig(explicitFile: string | undefined, env: NodeJS.ProcessEnv): Promise<Kubeconfig> {
  const files = kubeconfigFiles(explicitFile, env)
  const read = await Promise.all(files.map(readKubeconfig))
  if (explicitFile && !read[0]) {
    throw new ClusterError(phrase`The kubeconfig ${explicitFile} does not exist.`, { kind: 'config', remedy: { kind: 'chooseKubeconfig' } })
  }
  return mergeKubeconfigs(
    read.filter((kubeconfig) => kubeconfig !== undefined),
    // ~/.kube/config was not asked for.
    env.KUBECONFIG ? files.filter((_, index) => read[index] === undefined) : [],
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
    text = decodeText(readFileSync(file)).text
  } catch (error) {
    if (error instanceof TypeError) throw kubeconfigError(file, phrase`it is not UTF-8 text`, error)
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new ClusterError(phrase`The kubeconfig ${file} can't be read: ${reading(code)}.`, { kind: 'config', cause: error })
  }
  return parseKubeconfig(text, file)
}

function reading(code: string | undefined): Phrase {
  if (code === 'EACCES' || code === 'EPERM') return phrase`permission denied; change its permissions`
  if (code === 'EISDIR') return phrase`it is a folder; name a file`
  return code === undefined ? phrase`unknown error` : verbatim(code)
}
