import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Mutation } from './mutations.ts'
import type { Outcome } from './simulation.ts'

type Simulate = (seed: number) => Promise<Outcome>

const ROOT = path.resolve(import.meta.dirname, '../..')

/** The simulation with an elector whose source was changed. */
export async function mutant(mutation: Mutation): Promise<Simulate> {
  const mutated = path.join(ROOT, mutation.file)
  const source = await readFile(mutated, 'utf8')
  const found = source.split(mutation.from).length - 1
  if (found !== 1) throw new Error(`${mutation.file} has ${found} places for "${mutation.name}", not one`)
  const directory = await mkdtemp(path.join(tmpdir(), 'mutant-'))
  const outfile = path.join(directory, 'simulation.mjs')
  try {
    await build({
      entryPoints: [path.join(import.meta.dirname, 'simulation.ts')],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      logLevel: 'silent',
      plugins: [
        {
          name: 'mutate',
          setup: (building) => {
            building.onLoad({ filter: /\.ts$/ }, ({ path: loaded }) =>
              loaded === mutated ? { contents: source.replace(mutation.from, () => mutation.to), loader: 'ts' } : null,
            )
          },
        },
      ],
    })
    const module = (await import(pathToFileURL(outfile).href)) as { simulate: Simulate }
    return module.simulate
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** The first of so many seeds that catches a mutation, with what it says; null where none does. */
export async function firstCatch(
  simulate: Simulate,
  seeds: number,
): Promise<{ readonly seed: number; readonly violation: string } | null> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations } = await simulate(seed)
    if (violations.length > 0) return { seed, violation: violations[0]! }
  }
  return null
}
