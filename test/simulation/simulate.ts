import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { emptyTotals, merge, replayLine, report, type Totals } from './totals.ts'
import { simulate } from './simulation.ts'

// npm run simulate -- --seeds N --from S    plays N seeds on all cores
// npm run simulate -- --replay S            plays one and prints what happened
const { values } = parseArgs({
  options: { seeds: { type: 'string' }, from: { type: 'string' }, replay: { type: 'string' } },
})

if (values.replay !== undefined) {
  const { trace, violations } = await simulate(Number(values.replay), { trace: true })
  console.log(trace.join('\n'))
  process.exitCode = violations.length > 0 ? 1 : 0
} else {
  const from = Number(values.from ?? 1)
  const seeds = Number(values.seeds ?? 1_000)
  const startedMs = performance.now()
  const totals = await onAllCores(from, seeds)
  console.log(report(totals, performance.now() - startedMs))
  for (const [seed, [violation]] of totals.failed) console.log(`${replayLine(seed)}    # ${violation ?? ''}`)
  process.exitCode = totals.failed.length > 0 ? 1 : 0
}

/** Every core takes every so-manieth seed. */
async function onAllCores(from: number, seeds: number): Promise<Totals> {
  const cores = Math.min(availableParallelism(), seeds)
  const parts = Array.from({ length: cores }, (_, core) => play({ from: from + core, until: from + seeds, step: cores }))
  return (await Promise.all(parts)).reduce(merge, emptyTotals())
}

function play(workerData: { from: number; until: number; step: number }): Promise<Totals> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}
