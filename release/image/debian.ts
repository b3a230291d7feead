import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '../archive.ts'

/** A package of Debian, on this disk. */
export interface DebianPackage {
  readonly name: string
  readonly version: string
  /** `all` if it is the same for each architecture. */
  readonly architecture: string
  /** The path of the `.deb`. */
  readonly file: string
  readonly sha256: string
}

/** Debian's stable release when this was written. */
const SUITE = 'trixie'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * Gets packages of Debian in their current version, security updates included. apt checks their signatures. It uses its own
 * folder in the cache, so it needs no root, and this machine's package sources stay as they are.
 *
 * The mirrors are those of this machine's package sources, or `DEBIAN_MIRROR` and `DEBIAN_SECURITY_MIRROR`.
 *
 * @param architecture Debian's name, `amd64` or `arm64`; it need not be that of this machine
 * @throws Error if there is no mirror, or a package cannot be had
 */
export function debianPackages(architecture: string, names: readonly string[]): readonly DebianPackage[] {
  const cache = join(process.env['KUBECTL_LEADER_CACHE'] ?? join(homedir(), '.cache/kubectl-leader'), `debian-${SUITE}`, architecture)
  for (const folder of ['lists/partial', 'cache/archives/partial', 'packages']) mkdirSync(join(cache, folder), { recursive: true })
  const { main, security } = mirrors()
  const sources = [`${main} ${SUITE} main`, `${main} ${SUITE}-updates main`, `${security} ${SUITE}-security main`]
  writeFileSync(join(cache, 'sources.list'), sources.map((source) => `deb [signed-by=${KEYRING}] ${source}\n`).join(''))
  writeFileSync(join(cache, 'status'), '')
  const options = Object.entries({
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Sandbox::User': userInfo().username,
    'Acquire::Languages': 'none',
    'Dir::Etc::SourceList': join(cache, 'sources.list'),
    'Dir::Etc::SourceParts': '-',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::State::Lists': join(cache, 'lists'),
    'Dir::State::status': join(cache, 'status'),
    'Dir::Cache': join(cache, 'cache'),
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const apt = (program: string, ...args: readonly string[]): string =>
    execFileSync(program, [...options, ...args], { cwd: join(cache, 'packages'), encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

  apt('apt-get', '-qq', 'update')
  const packages = apt('apt-cache', 'show', '--no-all-versions', ...names)
    .split('\n\n')
    .filter((record) => record.trim() !== '')
    .map((record) => packageOf(record, join(cache, 'packages')))
  const missing = packages.filter((each) => !isWhole(each)).map(({ name }) => name)
  if (missing.length > 0) apt('apt-get', '-qq', 'download', ...missing)
  const wrong = packages.find((each) => !isWhole(each))
  if (wrong) throw new Error(`The checksum of ${wrong.file} is not the one in Debian's signed list.`)
  return packages.sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** A package's record in Debian's list, as a package in a folder. */
function packageOf(record: string, folder: string): DebianPackage {
  const field = (name: string): string => new RegExp(`^${name}: (.+)$`, 'm').exec(record)![1]!
  const [name, version, architecture] = [field('Package'), field('Version'), field('Architecture')]
  const file = join(folder, `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`)
  return { name, version, architecture, file, sha256: field('SHA256') }
}

function isWhole({ file, sha256: expected }: DebianPackage): boolean {
  return existsSync(file) && sha256(file) === expected
}

function mirrors(): { main: string; security: string } {
  const { DEBIAN_MIRROR: main, DEBIAN_SECURITY_MIRROR: security } = process.env
  if (main && security) return { main, security }
  const format = ['--format', '$(REPO_URI) $(RELEASE) $(COMPONENT)', 'Created-By: Packages']
  const lines = execFileSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' }).split('\n')
  const ofDebian = (release: RegExp): string | undefined =>
    lines.map((line) => line.split(' ')).find(([, name, component]) => component === 'main' && release.test(name ?? ''))?.[0]
  const found = { main: main ?? ofDebian(/^[a-z]+$/), security: security ?? ofDebian(/^[a-z]+-security$/) }
  if (!found.main || !found.security) throw new Error('Set DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR, because this machine has no package sources of Debian.')
  return { main: found.main, security: found.security }
}
