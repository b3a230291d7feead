// A worker of which one works at a time. See docs/library.md.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import { connect, LeaderElector, LeaseLock, systemClock, type Leadership } from '../../shared/index.ts'

const { values } = parseArgs({ options: { id: { type: 'string', default: `${hostname()}_${randomUUID()}` } } })

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

// As kubectl does: $KUBECONFIG, ~/.kube/config, or a Pod's service account.
const client = await connect({}, { env: process.env, clock: systemClock, version: 'elector-example' })

const elector = new LeaderElector({
  lock: new LeaseLock(client, { namespace: client.namespace, name: 'elector-example' }),
  identity: values.id,
  // A term that was lost is not the end: stand again.
  rejoin: true,
  onStartedLeading: work,
  onStoppedLeading: (reason) => console.log(`stopped leading (${reason})`),
  onNewLeader: (identity) => console.log(`${identity} is the leader`),
  onError: (error) => console.error(String(error)),
})

await elector.run(stop.signal)
client.close()

/** The guarded work. The lease is not released before it has ended, so it ends soon after its signal is aborted. */
async function work({ signal, fencingToken }: Leadership): Promise<void> {
  console.log(`leading, with fencing token ${fencingToken}`)
  for (let round = 1; !signal.aborted; round++) {
    console.log(`round ${round}`)
    await systemClock.sleep(500, signal)
  }
}
