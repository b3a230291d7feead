// Makes the self-contained executable of one platform: Node.js with the built program in it.
//   node release/executable.ts [linux-amd64] [--out FILE]
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { signAdHoc } from './ad-hoc-signature.ts'
import { unpackNode } from './node-package.ts'
import { BUILDERS, binaryOf, nameOf, TARGETS, type Target } from './targets.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PROGRAM = join(ROOT, 'dist/cli')
const POSTJECT = join(ROOT, 'node_modules/postject/dist/cli.js')
/** The marker in every Node.js that shows whether it contains a program; from Node's documentation. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/**
 * Makes the executable of a platform from the output of `npm run build`. Runs on Linux on amd64.
 *
 * @param out the file to write
 * @returns the license text of the Node.js in it
 * @throws Error if there is no Node.js of the same version that runs on this machine
 */
export function buildExecutable(target: Target, out: string): string {
  const builder = BUILDERS.find(({ version }) => version === target.node.version)
  if (!builder) throw new Error(`No Node.js ${target.node.version} for this machine, so the executable for ${nameOf(target)} cannot be built.`)
  const work = mkdtempSync(join(tmpdir(), 'kubectl-leader-executable-'))
  try {
    const building = unpackNode(builder, join(work, 'builder'))
    const carried = builder === target.node ? building : unpackNode(target.node, join(work, 'carried'))
    const files = readdirSync(PROGRAM).filter((name) => name.endsWith('.cjs')).sort()
    const prepared = join(work, 'prepared')
    // Node.js 25.5 and later can add the program to a Node.js on its own.
    const isWhole = Number.parseInt(target.node.version) > 25
    const configuration = join(work, 'configuration.json')
    writeFileSync(
      configuration,
      JSON.stringify({
        main: join(PROGRAM, 'start.cjs'),
        output: isWhole ? out : prepared,
        ...(isWhole && { executable: carried.binary }),
        disableExperimentalSEAWarning: true,
        // Ignore the environment variables that users set for their own Node.js.
        execArgvExtension: 'none',
        assets: Object.fromEntries(files.map((name) => [name, join(PROGRAM, name)])),
      }),
    )
    run(building.binary, isWhole ? '--build-sea' : '--experimental-sea-config', configuration)
    if (!isWhole) {
      copyFileSync(carried.binary, out)
      run(process.execPath, POSTJECT, out, 'NODE_SEA_BLOB', prepared, '--sentinel-fuse', FUSE)
    }
    if (target.os === 'darwin') writeFileSync(out, signAdHoc(readFileSync(out), binaryOf(target)))
    chmodSync(out, 0o755)
    return readFileSync(building.license, 'utf8')
  } finally {
    rmSync(work, { recursive: true })
  }
}

function run(file: string, ...args: readonly string[]): void {
  execFileSync(file, args, { stdio: 'pipe' })
}

if (process.argv[1] === import.meta.filename) {
  const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true })
  const [name = 'linux-amd64'] = positionals
  const target = TARGETS.find((each) => nameOf(each) === name)
  if (!target) throw new Error(`There is no executable for ${name}. Use one of: ${TARGETS.map(nameOf).join(', ')}.`)
  buildExecutable(target, resolve(values.out ?? binaryOf(target)))
}
