import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The packages that some folders import, but for Node's own and VS Code. */
function importedIn(...folders: readonly string[]): readonly string[] {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`, { cwd: ROOT }))
  const packages = files.flatMap((file) => {
    // Nothing is left of a type when a program runs.
    const text = readFileSync(`${ROOT}/${file}`, 'utf8').replaceAll(/^(?:import|export) type [^']*'[^']*'$/gm, '')
    return [...text.matchAll(/(?:^(?:import|export) [^'\n]*? from |^\} from |\bimport\()'((?:@[\w-]+\/)?[\w-]+)['/]/gm)].map((found) => found[1]!)
  })
  return [...new Set(packages)].filter((name) => name !== 'node' && name !== 'vscode').sort()
}

const library = importedIn('shared')
const shipped = importedIn('shared', 'kubectl-plugin', 'extension')

describe('the dependencies', () => {
  it('of the library are exactly those that it imports', () => {
    expect(Object.keys(packageJson.dependencies).sort()).toEqual(library)
  })

  it.each(shipped)('have a reason in CONTRIBUTING: %s', (name) => {
    expect(readFileSync(`${ROOT}/CONTRIBUTING.md`, 'utf8')).toMatch(new RegExp(`^\\| \`${name}\` \\| .{20,} \\|$`, 'm'))
  })
})
