// Makes all files of a release in one folder:
//   npm run release -- [--out FOLDER] [--url BASE] [--homepage URL] [--registry NAME] [--only linux-amd64,…]
// The npm package, the .vsix, an archive with the self-contained executable for each platform, krew's manifest, the OCI
// image with a bill of materials for each of its platforms, and the checksums of all of them. BASE is the future download
// location of the archives, as in https://…/releases/download/v1.2.3. NAME is the registry that the image will be pushed to,
// as in registry.example.com/team. --only image makes the image, and no archive.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import packageJson from '../package.json' with { type: 'json' }
import { pack, packTree, sha256 } from './archive.ts'
import { buildExecutable } from './executable.ts'
import { buildImage } from './image/image.ts'
import { krewManifest, type Archive } from './krew-manifest.ts'
import { binaryOf, nameOf, TARGETS, type Target } from './targets.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const { version } = packageJson
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'release-files' },
    url: { type: 'string', default: `https://example.invalid/kubectl-leader/v${version}` },
    homepage: { type: 'string', default: 'https://example.invalid/kubectl-leader' },
    registry: { type: 'string' },
    only: { type: 'string', default: [...TARGETS.map(nameOf), 'image'].join(',') },
  },
})
const out = resolve(values.out)
const wanted = new Set(values.only.split(','))
const unknown = [...wanted].filter((name) => name !== 'image' && !TARGETS.some((target) => nameOf(target) === name))
if (unknown.length > 0) throw new Error(`There is no executable for ${unknown.join(', ')}.`)

mkdirSync(out, { recursive: true })
if (readdirSync(out).length > 0) throw new Error(`${out} is not empty.`)
// Build first. The following steps pack the result.
const buildEnv = { ...process.env, ...(values.registry !== undefined && { KUBECTL_LEADER_REGISTRY: values.registry }) }
execFileSync('npm', ['pack', '--silent', '--pack-destination', out], { cwd: ROOT, env: buildEnv, stdio: ['ignore', 'ignore', 'inherit'] })
const vsix = join(out, `kubectl-leader-${version}.vsix`)
execFileSync(process.execPath, [join(ROOT, 'release/vsix.ts'), '--out', vsix], { stdio: ['ignore', 'ignore', 'inherit'] })
const archives = TARGETS.filter((target) => wanted.has(nameOf(target))).map(archive)
writeFileSync(join(out, 'leader.yaml'), krewManifest({ version, homepage: values.homepage, archives }))
if (wanted.has('image')) image()
const sums = readdirSync(out).sort().map((file) => `${sha256(join(out, file))}  ${file}\n`)
writeFileSync(join(out, 'SHA256SUMS'), sums.join(''))
process.stdout.write(sums.join(''))

function archive(target: Target): Archive {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-archive-'))
  try {
    const license = buildExecutable(target, join(folder, binaryOf(target)))
    writeFileSync(join(folder, 'LICENSE-NODE'), license)
    cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
    cpSync(join(ROOT, 'dist/cli/THIRD-PARTY-NOTICES.txt'), join(folder, 'THIRD-PARTY-NOTICES.txt'))
    const file = `kubectl-leader-${version}-${nameOf(target)}.${target.os === 'windows' ? 'zip' : 'tar.gz'}`
    pack(folder, join(out, file))
    return { target, uri: `${values.url}/${file}`, sha256: sha256(join(out, file)) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function image(): void {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-image-'))
  try {
    const layout = join(folder, 'layout')
    const { digest, sboms } = buildImage(layout, values)
    const file = join(out, `kubectl-leader-${version}-image`)
    packTree(layout, `${file}.tar`)
    writeFileSync(`${file}.digest`, `${digest}\n`)
    for (const [architecture, sbom] of sboms) writeFileSync(`${file}-linux-${architecture}.spdx.json`, sbom)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
