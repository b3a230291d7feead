import { setTimeout as delay } from 'node:timers/promises'

/** How long anything may take on a machine that has other things to do, in milliseconds. */
const PATIENCE_MS = 60_000

/** Reads again and again until what is read is as it should be; returns that. */
export async function until<T>(read: () => T | Promise<T>, isEnough: (value: T) => boolean): Promise<T> {
  const giveUpAtMs = performance.now() + PATIENCE_MS
  for (;;) {
    const value = await read()
    if (isEnough(value)) return value
    if (performance.now() > giveUpAtMs) throw new Error(`After ${PATIENCE_MS / 1000} s it still is ${JSON.stringify(value)}`)
    await delay(100)
  }
}
