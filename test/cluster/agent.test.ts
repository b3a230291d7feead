import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { TlsAgent } from '../../shared/cluster/connection/agent.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { readFixture, startServer } from './local-server.ts'

/** How many listeners of each kind the connection has that an agent keeps after one request. */
async function listenersOfKept(agent: Agent, port: number): Promise<object> {
  onTestFinished(() => agent.destroy())
  const sent = request({ host: '127.0.0.1', port, path: '/', agent }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const kept = once(agent, 'free')
  response.resume()
  const [socket] = (await kept) as [Socket]
  return Object.fromEntries(socket.eventNames().map((name) => [name, socket.listenerCount(name)]))
}

it('leaves no listener at a connection that is made, which would keep its first request in memory', async () => {
  const { port } = await startServer((_, response) => response.end('{}'), { certificate: 'server' })
  const options = { keepAlive: true, ca: readFixture('authority.pem'), checkServerIdentity: () => undefined }
  expect(await listenersOfKept(new TlsAgent(options, systemClock), port)).toEqual(await listenersOfKept(new Agent(options), port))
})
