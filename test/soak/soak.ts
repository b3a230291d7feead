/**
 * Churn and faults over the watcher, the store and electors for minutes or hours, with facts that must hold at every
 * quiet point: the watcher's picture is the server's, every election has one leader and the record names it, no two
 * led at once, and memory is flat.
 *
 *     npm run soak -- --minutes 60 --seed 7
 *
 * Ends with 1 where one did not. Faults and churn follow the seed; what comes of them depends on the machine's pace.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connect } from '../../shared/cluster/connection/connection.ts'
import { watchElections } from '../../shared/cluster/elections/election-watch.ts'
import { startSandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { Random } from '../simulation/random.ts'
import { Contest } from './candidates.ts'
import { Churn } from './churn.ts'
import { makeTrouble } from './faults.ts'
import { holdings, type Holdings } from './memory.ts'
import { difference, eventPicture, serverPicture, storePicture } from './picture.ts'

/** How long a quiet point may take to come, on a slow machine too. */
const PATIENCE_MS = 60_000
const CHURN_EVERY_MS = 5
const ROUND_MS = 10_000
/** A heap that grows by this factor and so many MB grows without end; caches and fragmentation take less. */
const HEAP_GROWTH = 1.3
const HEAP_SLACK_MB = 8
const HANDLE_SLACK = 40

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '4' }, seed: { type: 'string', default: '1' } } })
const durationMs = Number(values.minutes) * 60_000
const random = new Random(Number(values.seed))
const violations: string[] = []
const violate = (what: string): void => {
  violations.push(what)
  console.log(`VIOLATION: ${what}`)
}

const startedMs = performance.now()
const elapsedMs = (): number => performance.now() - startedMs
const stop = new AbortController()
// A short memory, so that its own size is soon what it stays; and many watches that come too late.
const sandbox = await startSandbox({ historyLimit: 500, bookmarkIntervalMs: 1000 })
const kubeConfig = { exportConfig: () => JSON.stringify(sandbox.kubeconfig()) }
const client = await connect({ kubeConfig, requestTimeoutMs: 5000 }, { env: {}, clock: systemClock, version: 'soak' })
const feed = watchElections(client, systemClock, { namespaces: 'all' }, stop.signal, { silenceProbeMs: 2000 })
const told = eventPicture(feed.store, violate)
await feed.ready
const contests = await Promise.all([1, 2, 3, 4].map((index) => Contest.start(`contest-${index}`, sandbox, random.fork(), violate)))
const churn = new Churn(sandbox, random.fork())
const troubles = random.fork()

let early: Holdings | null = null
let late: Holdings | null = null
let struck = 0
for (let round = 1; elapsedMs() < durationMs && violations.length === 0; round++) {
  const names = new Set<string>()
  const churning = setInterval(() => { churn.step() }, CHURN_EVERY_MS)
  for (const roundEndsMs = elapsedMs() + ROUND_MS; elapsedMs() < roundEndsMs; struck++) {
    if (troubles.chance(0.3)) await troubles.pick(contests).replaceOne()
    names.add(await makeTrouble(sandbox, troubles))
    await sleep(troubles.integer(0, 1000))
  }
  clearInterval(churning)
  const quietMs = await quiet()
  late = await holdings()
  if (early === null && elapsedMs() >= durationMs / 5) early = late
  const terms = contests.reduce((sum, contest) => sum + contest.terms, 0)
  console.log(
    `${Math.round(elapsedMs() / 1000)} s  round ${round}  quiet after ${Math.round(quietMs)} ms  ${feed.store.size} elections  ` +
      `${terms} terms  ${late.heapMb.toFixed(1)} MB  ${late.handles} handles  ${[...names].join(', ')}`,
  )
}

if (early && late) {
  if (late.heapMb > early.heapMb * HEAP_GROWTH + HEAP_SLACK_MB) violate(`the heap grew from ${early.heapMb.toFixed(1)} to ${late.heapMb.toFixed(1)} MB`)
  if (late.handles > early.handles + HANDLE_SLACK) violate(`${early.handles} handles became ${late.handles}`)
}
stop.abort()
await Promise.all([feed.ended, ...contests.map((contest) => contest.stop())])
client.close()
await sandbox.close()
console.log(`${struck} faults, ${violations.length} violations, seed ${values.seed}`)
process.exit(violations.length > 0 ? 1 : 0)

/** Waits until all is as it should be; what is not by then is a violation. Resolves with how long it took. */
async function quiet(): Promise<number> {
  const fromMs = elapsedMs()
  for (;;) {
    const wrong = await wrongNow().catch((error: unknown) => String(error))
    if (wrong === null) return elapsedMs() - fromMs
    if (elapsedMs() - fromMs > PATIENCE_MS) {
      violate(`after ${PATIENCE_MS / 1000} s of quiet: ${wrong}`)
      return elapsedMs() - fromMs
    }
    await sleep(200)
  }
}

async function wrongNow(): Promise<string | null> {
  if (!feed.store.view.connected) return `the watcher is disconnected: ${feed.store.view.reason}`
  for (const { name, leader } of contests) {
    const lease = sandbox.peek('leases.coordination.k8s.io', 'default', name) as { spec?: { holderIdentity?: string } } | undefined
    if (leader === null || lease?.spec?.holderIdentity !== leader) return `${name} is led by ${leader}, and held by ${lease?.spec?.holderIdentity}`
  }
  // Candidates go on renewing: what is compared may be a renewal apart, but not each time.
  const other = difference(await serverPicture(client), storePicture(feed.store))
  if (other !== null) return other
  const isTold = feed.store.size === told.size && [...feed.store].every(({ election }) => told.has(election.name))
  return isTold ? null : 'the events tell of other elections than there are'
}
