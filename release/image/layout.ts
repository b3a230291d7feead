import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The image of one platform. */
export interface PlatformImage {
  /** Go's name. */
  readonly architecture: string
  /** Its layers, each a `.tar`, and what made it. */
  readonly layers: readonly { readonly tar: string; readonly madeBy: string }[]
}

/** What all platforms have in common. */
export interface ImageConfig {
  readonly tag: string
  readonly created: Date
  readonly user: string
  readonly entrypoint: readonly string[]
  /** The keys of https://specs.opencontainers.org/image-spec/annotations/, as labels and as annotations. */
  readonly annotations: Readonly<Record<string, string>>
}

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
}

const INDEX = 'application/vnd.oci.image.index.v1+json'
const REF_NAME = 'org.opencontainers.image.ref.name'

/**
 * Makes an OCI image layout with an image for several platforms, by umoci. The same layers and configuration make the same
 * digest.
 *
 * @param layout the folder to create
 * @returns the digest of the image, `sha256:…`
 */
export function writeLayout(layout: string, { tag, created, user, entrypoint, annotations }: ImageConfig, platforms: readonly PlatformImage[]): string {
  const date = created.toISOString().replace('.000Z', 'Z')
  umoci('init', '--layout', layout)
  for (const { architecture, layers } of platforms) {
    const image = ['--image', `${layout}:${architecture}`]
    umoci('new', ...image)
    for (const { tar, madeBy } of layers) umoci('raw', 'add-layer', ...image, '--history.created', date, '--history.created_by', madeBy, tar)
    umoci(
      ...['config', ...image, '--no-history', '--os', 'linux', '--architecture', architecture, '--created', date],
      ...['--config.user', user, '--config.env', 'PATH=/usr/bin', '--config.workingdir', '/'],
      ...entrypoint.flatMap((part) => ['--config.entrypoint', part]),
      ...Object.entries(annotations).flatMap(([key, value]) => ['--config.label', `${key}=${value}`, '--manifest.annotation', `${key}=${value}`]),
    )
  }
  umoci('gc', '--layout', layout)

  const listed = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: readonly Descriptor[] }
  const manifests = platforms.map(({ architecture }) => {
    const { mediaType, digest, size } = listed.manifests.find((each) => each.annotations?.[REF_NAME] === architecture)!
    return { mediaType, digest, size, platform: { os: 'linux', architecture } }
  })
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests, annotations }))
  const digest = createHash('sha256').update(index).digest('hex')
  writeFileSync(join(layout, 'blobs/sha256', digest), index)
  const whole = { mediaType: INDEX, digest: `sha256:${digest}`, size: index.length, annotations: { [REF_NAME]: tag } }
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [whole] }))
  return whole.digest
}

function umoci(...args: readonly string[]): void {
  execFileSync('umoci', args, { stdio: ['ignore', 'ignore', 'inherit'] })
}
