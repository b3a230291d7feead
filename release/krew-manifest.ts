import { dump } from 'js-yaml'
import { binaryOf, type Target } from './targets.ts'

/** An archive with one platform's executable. */
export interface Archive {
  readonly target: Target
  readonly uri: string
  readonly sha256: string
}

const DESCRIPTION = `\
Shows Kubernetes leader elections: who leads, whether it is really renewed, when
it expires, when and how often it moved, and which pod is behind it; live, on
the whole terminal or as JSON.

It takes part in them, from a laptop, as a sidecar, or around any command that
is to run only while it leads; moves leadership without two leaders at once; and
finds what is wrong with an election.

"kubectl leader sandbox --watch" shows it without a cluster.
`

/** krew's manifest of a version of this plugin; see https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/. */
export function krewManifest(release: { version: string; homepage: string; archives: readonly Archive[] }): string {
  return dump(
    {
      apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
      kind: 'Plugin',
      metadata: { name: 'leader' },
      spec: {
        version: `v${release.version}`,
        homepage: release.homepage,
        shortDescription: 'See and drive leader elections',
        description: DESCRIPTION,
        caveats: 'To complete election names with Tab: kubectl leader completion install --dir FOLDER_ON_YOUR_PATH\n',
        platforms: release.archives.map(({ target, uri, sha256 }) => ({
          selector: { matchLabels: { os: target.os, arch: target.arch } },
          uri,
          sha256,
          bin: binaryOf(target),
        })),
      },
    },
    { lineWidth: -1 },
  )
}
