// A controller: when a Service changes, the leader writes the time of the change into a label of every Pod.
// See README.md in this folder.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import { connect, LeaderElector, LeaseLock, systemClock } from '../../shared/index.ts'
import { loadKubeConfig } from './cluster.ts'
import { labelPods } from './labeler.ts'

const { values } = parseArgs({
  options: {
    id: { type: 'string', default: `${hostname()}_${randomUUID()}` },
    namespace: { type: 'string', short: 'n' },
  },
})
const log = (text: string): void => console.log(`${values.id}: ${text}`)

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

const kubeConfig = loadKubeConfig()
const client = await connect({ kubeConfig }, { env: process.env, clock: systemClock, version: 'service-labeler' })
const namespace = values.namespace ?? client.namespace
const elector = new LeaderElector({
  lock: new LeaseLock(client, { namespace, name: 'service-labeler' }),
  identity: values.id,
  onStartedLeading: async (leadership) => {
    log('leading')
    await labelPods({ kubeConfig, namespace, clock: systemClock, log }, leadership)
  },
  // Work that does not end in time must not overlap with the next leader's.
  onOverrun: 'exit',
  onStoppedLeading: (reason) => log(`stopped leading (${reason})`),
  onNewLeader: (identity) => log(`${identity} is the leader`),
  onError: (error) => log(String(error)),
})

// Like most controllers, this one exits when it loses leadership, and is restarted from outside.
const reason = await elector.run(stop.signal)
client.close()
process.exitCode = reason === null || stop.signal.aborted ? 0 : 1
