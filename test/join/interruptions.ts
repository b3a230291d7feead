/**
 * `join -- COMMAND` of the built program under random interruptions: joins and watchdogs are killed, stopped and
 * continued, asked to leave, and cut off from the API server. Then it is judged by what the commands wrote down: no two
 * candidates of an election ran theirs at once, nothing was left behind, and every `join` ended as it should.
 *
 *     npm run interruptions -- --rounds 1000 --seed 7
 *
 * Ends with 1 where that does not hold. The choices follow the seed; what comes of them depends on the machine's pace.
 */
import { parseArgs } from 'node:util'
import { report } from './interruptions/report.ts'
import { interrupt } from './interruptions/run.ts'

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '1000' }, seed: { type: 'string' } } })
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))
console.log(`--rounds ${values.rounds} --seed ${seed}`)
const outcome = await interrupt(Number(values.rounds), seed, console.log)
console.log(report(outcome))
process.exit(outcome.violations.length > 0 ? 1 : 0)
