import type { NodePackage } from '../targets.ts'
import type { DebianPackage } from './debian.ts'

/** A package of npm whose code is in the executable. */
export interface NpmPackage {
  readonly name: string
  readonly version: string
  /** An SPDX expression. */
  readonly license: string
}

/** What an image is made of. */
export interface Contents {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly architecture: string
  readonly created: Date
  readonly executableSha256: string
  readonly node: NodePackage
  readonly debian: readonly DebianPackage[]
  readonly npm: readonly NpmPackage[]
}

const DOCUMENT = 'SPDXRef-DOCUMENT'
const PROGRAM = 'SPDXRef-Program'

/** A software bill of materials in the format of SPDX 2.3; see https://spdx.github.io/spdx-spec/v2.3/. */
export function sbomOf({ name, version, license, architecture, created, executableSha256, node, debian, npm }: Contents): object {
  const parts = [
    { SPDXID: 'SPDXRef-Node', ...packageOf('node', node.version, 'MIT', `pkg:npm/${node.name}@${node.version}`), ...sum('SHA512', hexOf(node.integrity)) },
    ...npm.map((each, index) => ({
      SPDXID: `SPDXRef-Npm-${index + 1}`,
      ...packageOf(each.name, each.version, each.license, `pkg:npm/${each.name.replace('@', '%40')}@${each.version}`),
    })),
  ]
  const system = debian.map((each) => ({
    SPDXID: `SPDXRef-Debian-${each.name.replaceAll('+', 'p')}`,
    // Licenses differ by file; /usr/share/doc/*/copyright has them.
    ...packageOf(each.name, each.version, 'NOASSERTION', `pkg:deb/debian/${encodeURIComponent(each.name)}@${encodeURIComponent(each.version)}?arch=${each.architecture}&distro=debian-13`),
    ...sum('SHA256', each.sha256),
  }))
  const program = { SPDXID: PROGRAM, ...packageOf(name, version, license, `pkg:npm/${name}@${version}`), ...sum('SHA256', executableSha256) }
  const related = (one: string, relationshipType: string, other: string): object => ({ spdxElementId: one, relationshipType, relatedSpdxElement: other })
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: DOCUMENT,
    name: `${name}-${version}-linux-${architecture}`,
    documentNamespace: `https://spdx.org/spdxdocs/${name}-${version}-linux-${architecture}-${executableSha256}`,
    creationInfo: { created: created.toISOString().replace('.000Z', 'Z'), creators: [`Tool: ${name}-release-${version}`] },
    packages: [program, ...parts, ...system],
    relationships: [
      related(DOCUMENT, 'DESCRIBES', PROGRAM),
      ...parts.map(({ SPDXID }) => related(PROGRAM, 'CONTAINS', SPDXID)),
      ...system.map(({ SPDXID }) => related(PROGRAM, 'DEPENDS_ON', SPDXID)),
    ],
  }
}

function packageOf(name: string, versionInfo: string, license: string, purl: string): object {
  return {
    name,
    versionInfo,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: license,
    copyrightText: 'NOASSERTION',
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  }
}

const sum = (algorithm: string, checksumValue: string): object => ({ checksums: [{ algorithm, checksumValue }] })

/** npm's checksum in hexadecimal. */
function hexOf(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex')
}
