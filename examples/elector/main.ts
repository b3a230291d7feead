// A worker that works only while it is the leader. See docs/library.md.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import { connect, LeaderElector, LeaseLock, systemClock, type Leadership } from '../../shared/index.ts'

const { values } = parseArgs({ options: { id: { type: 'string', default: `${hostname()}_${randomUUID()}` } } })

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

// Like kubectl: $KUBECONFIG, ~/.kube/config, or the service account of the Pod.
const client = await connect({}, { env: process.env, clock: systemClock, version: 'elector-example' })

const elector = new LeaderElector({
  lock: new LeaseLock(client, { namespace: client.namespace, name: 'elector-example' }),
  identity: values.id,
  // Run as a candidate again after a lost term.
  rejoin: true,
  onStartedLeading: work,
  onStoppedLeading: (reason) => console.log(`stopped leading (${reason})`),
  onNewLeader: (identity) => console.log(`${identity} is the leader`),
  onError: (error) => console.error(String(error)),
})

await elector.run(stop.signal)
client.close()

/** The guarded work. It ends soon after its signal is aborted, because the lease is released only after it has ended. */
async function work({ signal, fencingToken }: Leadership): Promise<void> {
  console.log(`leading, with fencing token ${fencingToken}`)
  for (let round = 1; !signal.aborted; round++) {
    console.log(`round ${round}`)
    await systemClock.sleep(500, signal)
  }
}
