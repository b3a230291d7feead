import { createServer } from 'node:net'

/**
 * Below every usual range of ephemeral ports: a server that is down for a while, to be started again on its port, must
 * not find it taken by some outgoing connection; nor may a client that dials the port meanwhile connect to itself.
 */
const LOWEST = 15_000
const HIGHEST = 32_000

/** So many different ports on 127.0.0.1 that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > 1_000) throw new Error(`found no free port between ${LOWEST} and ${HIGHEST}`)
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
