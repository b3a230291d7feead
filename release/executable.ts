// Makes the self-contained executable of one platform: Node.js with the built program in it.
//   node release/executable.ts [linux-amd64] [--out FILE]
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { signAdHoc } from './ad-hoc-signature.ts'
import { unpackNode } from './node-package.ts'
import { BUILDERS, binaryOf, nameOf, TARGETS, type Target } from './targets.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PROGRAM = join(ROOT, 'dist/cli')

/**
 * Makes the executable of a platform from what `npm run build` built. Runs on Linux on amd64.
 *
 * @param out the file to write
 * @returns the licence text of the Node.js in it
 */
export function buildExecutable(target: Target, out: string): string {
  const builder = BUILDERS.find(({ version }) => version === target.node.version)
  if (!builder) throw new Error(`There is no Node.js ${target.node.version} to build the executable of ${nameOf(target)} with.`)
  const work = mkdtempSync(join(tmpdir(), 'kubectl-leader-executable-'))
  try {
    const building = unpackNode(builder, join(work, 'builder'))
    const carried = builder === target.node ? building : unpackNode(target.node, join(work, 'carried'))
    const files = readdirSync(PROGRAM).filter((name) => name.endsWith('.cjs')).sort()
    const configuration = join(work, 'configuration.json')
    writeFileSync(
      configuration,
      JSON.stringify({
        main: join(PROGRAM, 'start.cjs'),
        executable: carried.binary,
        output: out,
        disableExperimentalSEAWarning: true,
        // What people set for their own Node.js is not meant for this one.
        execArgvExtension: 'none',
        assets: Object.fromEntries(files.map((name) => [name, join(PROGRAM, name)])),
      }),
    )
    execFileSync(building.binary, ['--build-sea', configuration], { stdio: ['ignore', 'ignore', 'inherit'] })
    if (target.os === 'darwin') writeFileSync(out, signAdHoc(readFileSync(out), binaryOf(target)))
    chmodSync(out, 0o755)
    return readFileSync(building.license, 'utf8')
  } finally {
    rmSync(work, { recursive: true })
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true })
  const [name = 'linux-amd64'] = positionals
  const target = TARGETS.find((each) => nameOf(each) === name)
  if (!target) throw new Error(`There is no executable for ${name}; there is for ${TARGETS.map(nameOf).join(', ')}.`)
  buildExecutable(target, resolve(values.out ?? binaryOf(target)))
}
