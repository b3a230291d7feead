import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What this process holds on to once everything is collected that can be. */
export interface Holdings {
  readonly heapMb: number
  /** Sockets, timers and the like that keep the process alive. */
  readonly handles: number
}

export async function holdings(): Promise<Holdings> {
  // What finalizers let go of goes with the second one.
  for (let round = 0; round < 2; round++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { heapMb: process.memoryUsage().heapUsed / 1e6, handles: process.getActiveResourcesInfo().length }
}
