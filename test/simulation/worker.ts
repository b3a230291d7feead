import { parentPort, workerData } from 'node:worker_threads'
import { simulate } from './simulation.ts'
import { add, emptyTotals } from './totals.ts'

// Errors are many, and nobody reads where they were made.
Error.stackTraceLimit = 0
const { from, until, step } = workerData as { from: number; until: number; step: number }
let totals = emptyTotals()
for (let seed = from; seed < until; seed += step) totals = add(totals, await simulate(seed))
parentPort!.postMessage(totals)
