// Prints who leads, for as long as it runs, and serves health and metrics. See docs/library.md.
import { createServer } from 'node:http'
import { connect, harmless, healthHandler, LeaderElector, LeaseLock, PrometheusMetrics, systemClock } from '../../shared/index.ts'

const client = await connect({}, { env: process.env, clock: systemClock, version: 'states-example' })
const metrics = new PrometheusMetrics()

// The namespace is the client's, and the identity is the host name with a UUID, as for "kubectl leader join".
const lock = new LeaseLock(client, { name: 'states-example' }, { labels: { 'app.kubernetes.io/name': 'states-example' } })
const elector = new LeaderElector({ lock, metrics, rejoin: true })

const server = createServer(healthHandler(elector, metrics))
server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1')

const running = elector.start()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void running.stop())
void running.leading.then(({ fencingToken }) => console.log(`this process leads, with fencing token ${fencingToken}`), () => undefined)

for await (const { isLeader, leader } of running) {
  console.log(isLeader ? 'leader' : `standby; the leader is ${harmless(leader) || 'not known'}`)
}
server.close()
client.close()
