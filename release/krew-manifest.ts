import { dump } from 'js-yaml'
import { binaryOf, type Target } from './targets.ts'

/** An archive with one platform's executable. */
export interface Archive {
  readonly target: Target
  readonly uri: string
  readonly sha256: string
}

const DESCRIPTION = `\
Inspect and operate Kubernetes leader elections. See who leads, whether the
leader renews its lease, when the lease expires, how often leadership has moved,
and which Pod is behind it.

Move leadership without overlapping leaders. Run a candidate on your laptop, as
a sidecar, or around any command. Find problems and risks.

To try it without a cluster, run: kubectl leader sandbox --watch
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
        shortDescription: 'Inspect and operate leader elections',
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
