/** A krew manifest as it is read, with nothing known about it. */
export interface Manifest {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: { readonly name?: string }
  readonly spec?: {
    readonly version?: string
    readonly homepage?: string
    readonly shortDescription?: string
    readonly platforms?: readonly Platform[]
  }
}

interface Platform {
  readonly uri?: string
  readonly sha256?: string
  readonly bin?: string
  readonly files?: readonly { readonly from?: string; readonly to?: string }[]
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> }
}

const WINDOWS_DEVICES = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])$/i

/**
 * What krew (`internal/index/validation`, `cmd/validate-krew-manifest`) and the rules of its index would refuse in a
 * manifest, of the parts that ours use: no `matchExpressions`.
 *
 * @param fileName the manifest's, without `.yaml`
 */
export function krewFaults(fileName: string, { apiVersion, kind, metadata, spec = {} }: Manifest): readonly string[] {
  const { version = '', homepage = '', shortDescription = '', platforms = [] } = spec
  const name = metadata?.name ?? ''
  const faults: [boolean, string][] = [
    [apiVersion === 'krew.googlecontainertools.github.com/v1alpha2', 'apiVersion is not the one that krew knows'],
    [kind === 'Plugin', 'kind is not Plugin'],
    [/^[\w-]+$/.test(name) && !WINDOWS_DEVICES.test(name), 'name is not safe'],
    [name === fileName, 'name is not that of the file'],
    [!name.startsWith('kube'), 'name repeats kubectl'],
    [/^v\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(version), 'version is not v and a semantic version'],
    [shortDescription !== '' && !/[\r\n]/.test(shortDescription), 'shortDescription is not one line'],
    [homepage.startsWith('https://'), 'homepage is missing'],
    [platforms.length > 0, 'platforms are missing'],
    ...platforms.flatMap(platformFaults),
  ]
  const selected = platforms.map(({ selector }) => JSON.stringify(Object.entries(selector?.matchLabels ?? {}).sort()))
  faults.push([new Set(selected).size === selected.length, 'platforms overlap'])
  return faults.filter(([isFine]) => !isFine).map(([, fault]) => fault)
}

function platformFaults({ uri = '', sha256 = '', bin = '', files, selector }: Platform): [boolean, string][] {
  const labels = Object.entries(selector?.matchLabels ?? {})
  return [
    [/^https:\/\/.*\.(tar\.gz|zip)$/.test(uri), 'uri is not of an archive over https'],
    [/^[a-f0-9]{64}$/.test(sha256), 'sha256 is no sum'],
    [bin !== '' && (selector?.matchLabels?.['os'] !== 'windows' || bin.endsWith('.exe')), 'bin is missing or no program there'],
    [files === undefined || (files.length > 0 && files.every(({ from, to }) => from && to)), 'files are incomplete'],
    [labels.length > 0 && labels.every(([key]) => key === 'os' || key === 'arch'), 'selector is not of os and arch'],
  ]
}
