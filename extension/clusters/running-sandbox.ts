import { startDemo } from '../../shared/sandbox/demo/demo.ts'
import { startSandbox } from '../../shared/sandbox/index.ts'
import type { Clock } from '../../shared/time/index.ts'

/** A sandbox with elections in it, in this process. */
export interface RunningSandbox {
  /** Its context's name. */
  readonly name: string
  /** As JSON. It is in no file. */
  readonly kubeconfig: string
  stop(): Promise<void>
}

/** Starts a small API server in this process, on loopback, with elections that renew, hand over and now and then fail. */
export async function runSandbox(clock: Clock): Promise<RunningSandbox> {
  const server = await startSandbox({ clock })
  const stop = new AbortController()
  const demo = startDemo({ sandbox: server, clock }, stop.signal)
  const name = 'sandbox'
  return {
    name,
    kubeconfig: JSON.stringify(server.kubeconfig({ contextName: name })),
    async stop() {
      stop.abort()
      await demo.ended
      await server.close()
    },
  }
}
