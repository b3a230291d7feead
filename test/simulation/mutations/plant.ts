import { mkdtemp, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { build, type Plugin } from 'esbuild'
import type { Mutation } from './mutation.ts'

export const ROOT = path.resolve(import.meta.dirname, '../../..')

/** The source of a file with the mistake in it. Rejects where its place is not there exactly once. */
export async function planted({ name, file, from, to }: Mutation): Promise<string> {
  const source = await readFile(path.join(ROOT, file), 'utf8')
  const places = source.split(from).length - 1
  if (places !== 1) throw new Error(`${file} has ${places} places for "${name}", not one`)
  return source.replace(from, () => to)
}

/**
 * The simulation with a mistake in it, as one file, in a folder of its own beside the project's sources. (What is loaded
 * from node_modules stays outside of it.)
 */
export async function bundleWith(mutation: Mutation): Promise<{ readonly file: string; readonly remove: () => Promise<void> }> {
  const contents = await planted(mutation)
  const mutated = path.join(ROOT, mutation.file)
  const plant: Plugin = {
    name: 'plant',
    setup: (building) => {
      building.onLoad({ filter: /\.ts$/ }, ({ path: loaded }) => (loaded === mutated ? { contents, loader: 'ts' } : null))
    },
  }
  const folder = await mkdtemp(path.join(ROOT, 'node_modules', '.mutant-'))
  const file = path.join(folder, 'simulation.mjs')
  const entryPoints = [path.join(import.meta.dirname, '../simulation.ts')]
  await build({ entryPoints, outfile: file, bundle: true, format: 'esm', platform: 'node', packages: 'external', logLevel: 'silent', plugins: [plant] })
  return { file, remove: () => rm(folder, { recursive: true }) }
}
