// Prints the holder of each election, and then every event, until Ctrl-C. See docs/library.md.
import { connect, harmless, listElections, systemClock, watchElections } from '../../shared/index.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

const client = await connect({}, { env: process.env, clock: systemClock, version: 'onlooker-example' })
const scope = { namespaces: 'all' } as const

const { elections } = await listElections(client, scope)
for (const { namespace, name, record } of elections) {
  // Text from the cluster can contain escape sequences.
  console.log(harmless(`${namespace}/${name}: holder ${record.holderIdentity || '<none>'}`))
}

const { store, ended } = watchElections(client, systemClock, scope, stop.signal)
store.onEvent(({ type, election, status }) => {
  if (type !== 'renewed') console.log(harmless(`${election.namespace}/${election.name} ${type}, ${status.state}`))
})
await ended
client.close()
