// Writes the type declarations of the library to dist/types: those that its entries use, for every kind of module resolution.
// They import only packages that are dependencies, which @kubernetes/client-node is not (docs/decisions/client-node.md).
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import packageJson from '../package.json' with { type: 'json' }

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TARGET = join(ROOT, 'dist/types')
const compiled = mkdtempSync(join(tmpdir(), 'kubectl-leader-types-'))
try {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.types.json', '--outDir', compiled], { cwd: ROOT, stdio: 'inherit' })
  rmSync(TARGET, { recursive: true, force: true })
  const written = new Set<string>()
  for (const entry of ['index.d.ts', 'testing/index.d.ts']) writeWithAllItReaches(join(compiled, entry), written)
} finally {
  rmSync(compiled, { recursive: true })
}

function writeWithAllItReaches(file: string, written: Set<string>): void {
  if (written.has(file)) return
  written.add(file)
  const target = join(TARGET, relative(compiled, file))
  const text = readFileSync(file, 'utf8')
  mkdirSync(dirname(target), { recursive: true })
  const foreign = [...text.matchAll(/(?:from |import\()['"]((?:@[\w-]+\/)?[\w-]+)(?=['"/])/g)].map((found) => found[1]!)
  const missing = foreign.find((name) => name !== packageJson.name && !Object.hasOwn(packageJson.dependencies, name))
  if (missing) throw new Error(`${relative(compiled, file)} is a public declaration and imports ${missing}, which is not a dependency.`)
  // tsc keeps the extension `.ts` in declarations, but the package contains no sources.
  const declarations = text.replaceAll(
    /((?:from |import\()['"])(\.[^'"]*)\.ts(?=['"])/g,
    (_, before: string, path: string) => {
      writeWithAllItReaches(join(dirname(file), `${path}.d.ts`), written)
      return `${before}${path}.js`
    },
  )
  writeFileSync(target, declarations)
}
