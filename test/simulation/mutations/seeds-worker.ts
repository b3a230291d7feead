import { parentPort, workerData } from 'node:worker_threads'
import type { Outcome } from '../simulation.ts'

// Plays seeds of a mutant until one is caught.
const { url, from, until } = workerData as { url: string; from: number; until: number }
const { simulate } = (await import(url)) as { simulate: (seed: number) => Promise<Outcome> }
let caught: string | null = null
for (let seed = from; seed < until && caught === null; seed++) {
  const { violations } = await simulate(seed)
  if (violations[0] !== undefined) caught = `seed ${seed}: ${violations[0]}`
}
parentPort!.postMessage(caught)
