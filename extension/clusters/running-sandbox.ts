import { connect } from '../../shared/cluster/index.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import { startDemo } from '../../shared/sandbox/demo/demo.ts'
import { startSandbox } from '../../shared/sandbox/index.ts'
import type { Clock } from '../../shared/time/index.ts'

declare const __VERSION__: string

/** A sandbox with sample elections, in this process. */
export interface RunningSandbox {
  /** Its context's name. */
  readonly name: string
  /** As JSON. It is not written to a file. */
  readonly kubeconfig: string
  /** Resolves when everything has stopped. Rejects then if one of the sample elections has failed. */
  stop(): Promise<void>
}

/** Starts a small API server on the loopback interface, with sample elections that renew, change leaders and sometimes fail. */
export async function runSandbox(clock: Clock): Promise<RunningSandbox> {
  const server = await startSandbox({ clock })
  const stop = new AbortController()
  const name = 'sandbox'
  const kubeconfig = JSON.stringify(server.kubeconfig({ contextName: name }))
  const client = await connect({ kubeConfig: { exportConfig: () => kubeconfig } }, { env: {}, clock, version: __VERSION__ })
  const demo = startDemo({ sandbox: server, clock, lockFor: (place) => new LeaseLock(client, place) }, stop.signal)
  // `stop` reports a failure of the sample elections.
  demo.ended.catch(() => undefined)
  return {
    name,
    kubeconfig,
    async stop() {
      stop.abort()
      try {
        await demo.ended
      } finally {
        client.close()
        await server.close()
      }
    },
  }
}
