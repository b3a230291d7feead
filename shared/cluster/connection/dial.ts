import { lookup } from 'node:dns'
import { connect, type Socket } from 'node:net'
import { promisify } from 'node:util'
import type { Clock } from '../../time/clock.ts'

/** How long an address may take before the next one is tried beside it; Go's `net.Dialer` waits as long. */
const HEAD_START_MS = 300

/**
 * Connects with a host by whichever of its addresses answers first (RFC 8305). Node's own way gives each address 250 ms
 * and no more, so that a host with two addresses is never reached over a slow network.
 *
 * @throws what the first address failed with, if all did; the signal's reason
 */
export async function dial(host: string, port: number, clock: Clock, signal: AbortSignal): Promise<Socket> {
  const addresses = await promisify(lookup)(host, { all: true })
  const opened: Socket[] = []
  const attempts = addresses.map(({ address }): Attempt<Socket> => async (ended) => {
    const socket = await open(address, port, ended)
    opened.push(socket)
    return socket
  })
  const first = await firstOf(attempts, clock, signal)
  for (const socket of opened) if (socket !== first) socket.destroy()
  return first
}

/** One way to get something. It is given up once `ended` is aborted. */
export type Attempt<T> = (ended: AbortSignal) => Promise<T>

/**
 * Starts one attempt after the other, each when the one before has failed or has taken long, and gives what the first
 * to succeed gives.
 */
export async function firstOf<T>(attempts: readonly Attempt<T>[], clock: Clock, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const over = new AbortController()
  const ended = AbortSignal.any([signal, over.signal])
  let failed = 0
  let firstFailure: Error | undefined
  try {
    return await new Promise<T>((resolve, reject) => {
      ended.addEventListener('abort', () => reject(ended.reason as Error), { once: true })
      const start = (index: number): void => {
        const attempt = attempts[index]
        if (!attempt || ended.aborted) return
        let isNextStarted = false
        const startNext = (): void => {
          if (!isNextStarted) start(index + 1)
          isNextStarted = true
        }
        clock.sleep(HEAD_START_MS, ended).then(startNext, () => {})
        attempt(ended).then(resolve, (error: unknown) => {
          failed += 1
          firstFailure ??= error instanceof Error ? error : new Error(String(error))
          if (failed === attempts.length) reject(firstFailure)
          else startNext()
        })
      }
      start(0)
    })
  } finally {
    over.abort(new Error('another address has answered'))
  }
}

function open(host: string, port: number, ended: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const giveUp = (): void => void socket.destroy(ended.reason as Error)
    ended.addEventListener('abort', giveUp, { once: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      ended.removeEventListener('abort', giveUp)
      socket.off('error', reject)
      resolve(socket)
    })
  })
}
