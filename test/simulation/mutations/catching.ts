import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { bundleWith, ROOT } from './plant.ts'
import type { Mutation } from './mutation.ts'

/** A first look by seeds is cheap; then the unit tests; then the rest of the seeds, in batches. */
const BATCHES = [[1, 100], [100, 700], [700, 2_001]] as const
/** Far more than a batch takes: who is slower than that does not come to an end. Milliseconds. */
const PATIENCE_MS = 180_000

/** What catches a mistake; null where nothing does. */
export async function whatCatches(mutation: Mutation, tests: readonly string[]): Promise<string | null> {
  const bundle = await bundleWith(mutation)
  try {
    const [first, ...rest] = BATCHES
    const soon = (await bySeeds(bundle.file, first)) ?? (await byTests(mutation, tests))
    if (soon !== null) return soon
    for (const batch of rest) {
      const late = await bySeeds(bundle.file, batch)
      if (late !== null) return late
    }
    return null
  } finally {
    await bundle.remove()
  }
}

async function bySeeds(file: string, [from, until]: readonly [number, number]): Promise<string | null> {
  const workerData = { url: pathToFileURL(file).href, from, until }
  const worker = new Worker(new URL('./seeds-worker.ts', import.meta.url), { workerData })
  const patience = AbortSignal.timeout(PATIENCE_MS)
  try {
    const [caught] = (await once(worker, 'message', { signal: patience })) as [string | null]
    return caught
  } catch (error) {
    return patience.aborted ? 'it does not come to an end' : `it fails: ${String(error)}`
  } finally {
    await worker.terminate()
  }
}

/** Runs the unit tests of a part with a mistake in it, or without one. */
export async function byTests(mutation: Mutation | null, tests: readonly string[]): Promise<string | null> {
  const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs')
  const config = path.join(import.meta.dirname, 'vitest.mutant.config.ts')
  const env = { ...process.env, MUTATION: JSON.stringify(mutation) }
  const child = spawn(process.execPath, [vitest, 'run', '--config', config, ...tests], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()))
  const patience = AbortSignal.timeout(PATIENCE_MS)
  const kill = (): void => void child.kill('SIGKILL')
  patience.addEventListener('abort', kill, { once: true })
  const [code] = (await once(child, 'close')) as [number | null]
  patience.removeEventListener('abort', kill)
  if (patience.aborted) return 'the tests do not come to an end'
  if (code === 0) return null
  const failed = /FAIL .*/.exec(output)
  if (!failed) throw new Error(`The tests did not run.\n${output}`)
  return failed[0]
}
