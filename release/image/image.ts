// Makes the OCI image for Linux, as an image layout in a folder:
//   npm run package:image -- [--out FOLDER] [--homepage URL]
// It needs umoci, apt and dpkg-deb (release/image/install.sh installs the first on Debian), but no container engine and no
// root. SOURCE_DATE_EPOCH (seconds) sets the date of the image (default: that of the commit).
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import packageJson from '../../package.json' with { type: 'json' }
import { DATE, sha256 } from '../archive.ts'
import { buildExecutable } from '../executable.ts'
import { TARGETS } from '../targets.ts'
import { debianPackages } from './debian.ts'
import { writeLayout, type PlatformImage } from './layout.ts'
import { PACKAGES, USER_ID, writeBaseLayer, writeLayer } from './root.ts'
import { sbomOf, type NpmPackage } from './sbom.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const { name, version, license, description } = packageJson
const DOCS = 'usr/share/doc/kubectl-leader'

/** What a build of the image made. */
export interface BuiltImage {
  /** `sha256:…`; the same for the same sources, packages of Debian and date. */
  readonly digest: string
  /** The SBOM of each architecture, as SPDX in JSON. */
  readonly sboms: ReadonlyMap<string, string>
}

/**
 * Makes the image from the output of `npm run build`.
 *
 * @param layout the folder to create
 * @throws Error if it exists, or if a package cannot be had
 */
export function buildImage(layout: string, { homepage }: { readonly homepage: string }): BuiltImage {
  if (existsSync(layout)) throw new Error(`${layout} exists already.`)
  process.umask(0o022)
  const work = mkdtempSync(join(tmpdir(), 'kubectl-leader-image-'))
  try {
    const created = dateOfSources()
    const sboms = new Map<string, string>()
    const platforms = TARGETS.filter(({ os }) => os === 'linux').map((target): PlatformImage => {
      const { arch: architecture, node } = target
      const file = (part: string): string => join(work, `${architecture}-${part}`)
      const debian = debianPackages(architecture, PACKAGES)
      writeBaseLayer(debian, file('base.tar'))
      const nodeLicense = buildExecutable(target, file('executable'))
      const npm = JSON.parse(readFileSync(join(ROOT, 'dist/bundled-packages.json'), 'utf8')) as NpmPackage[]
      const executableSha256 = sha256(file('executable'))
      const sbom = JSON.stringify(sbomOf({ name, version, license, architecture, created, executableSha256, node, debian, npm }), null, 2)
      sboms.set(architecture, sbom)
      writeFileSync(file('sbom'), sbom)
      writeFileSync(file('license'), nodeLicense)
      writeLayer(
        {
          'usr/bin/kubectl-leader': file('executable'),
          [`${DOCS}/LICENSE`]: join(ROOT, 'LICENSE'),
          [`${DOCS}/LICENSE-NODE`]: file('license'),
          [`${DOCS}/THIRD-PARTY-NOTICES.txt`]: join(ROOT, 'dist/cli/THIRD-PARTY-NOTICES.txt'),
          [`${DOCS}/sbom.spdx.json`]: file('sbom'),
        },
        file('program.tar'),
      )
      return {
        architecture,
        layers: [
          { tar: file('base.tar'), madeBy: `Debian: ${debian.map((each) => `${each.name}=${each.version}`).join(' ')}` },
          { tar: file('program.tar'), madeBy: `${name} ${version}` },
        ],
      }
    })
    const config = {
      tag: version,
      created,
      user: `${USER_ID}:${USER_ID}`,
      // Not the first process if the containers of a Pod share their process namespace; it reaps all the same.
      entrypoint: ['/usr/bin/tini', '-s', '--', '/usr/bin/kubectl-leader'],
      annotations: annotations(homepage, created),
    }
    return { digest: writeLayout(layout, config, platforms), sboms }
  } finally {
    rmSync(work, { recursive: true })
  }
}

function annotations(homepage: string, created: Date): Readonly<Record<string, string>> {
  const revision = git('rev-parse', 'HEAD')
  const values = { title: name, description, version, licenses: license, url: homepage, source: homepage, documentation: `${homepage}#readme`, created: created.toISOString().replace('.000Z', 'Z') }
  return Object.fromEntries(Object.entries({ ...values, ...(revision !== null && { revision }) }).map(([key, value]) => [`org.opencontainers.image.${key}`, value]))
}

function dateOfSources(): Date {
  const seconds = process.env['SOURCE_DATE_EPOCH'] ?? git('log', '-1', '--format=%ct')
  return seconds === null ? DATE : new Date(Number(seconds) * 1_000)
}

/** What git prints, or null if these sources are not in a repository. */
function git(...args: readonly string[]): string | null {
  try {
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return null
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: 'image' }, homepage: { type: 'string', default: 'https://example.invalid/kubectl-leader' } } })
  const { digest } = buildImage(resolve(values.out), values)
  process.stdout.write(`${values.out}: ${digest}\n`)
}
