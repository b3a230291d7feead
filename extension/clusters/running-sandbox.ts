import { connect } from '../../shared/cluster/connection/connection.ts'
import { LeaderElector } from '../../shared/election/elector.ts'
import type { Timings } from '../../shared/election/timings.ts'
import type { ElectionRef } from '../../shared/lease/election-ref.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import { startDemo } from '../../shared/sandbox/demo/demo.ts'
import { startSandbox } from '../../shared/sandbox/index.ts'
import { aborted } from '../../shared/time/aborted.ts'
import type { Clock } from '../../shared/time/clock.ts'

declare const __VERSION__: string

/** Short, so that a lost lease would show soon. */
const CANDIDATE_TIMINGS: Timings = { leaseDurationMs: 6_000, renewDeadlineMs: 4_000, retryPeriodMs: 1_000 }

/** A sandbox with sample elections, in this process. */
export interface RunningSandbox {
  /** Its context's name. */
  readonly name: string
  /** As JSON. It is not written to a file. */
  readonly kubeconfig: string
  /** Runs candidates of one more election until the sandbox stops; those that run already go on. Resolves once one of them leads. */
  runCandidates(place: ElectionRef, identities: readonly string[]): Promise<void>
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
  const others = new Map<string, Promise<unknown>>()
  return {
    name,
    kubeconfig,
    async runCandidates(place, identities) {
      const lock = new LeaseLock(client, place)
      const led = Promise.withResolvers<undefined>()
      for (const identity of identities) {
        const key = `${place.namespace}/${place.name}/${identity}`
        const elector = new LeaderElector({
          ...CANDIDATE_TIMINGS,
          lock,
          identity,
          rejoin: true,
          clock,
          onNewLeader: () => led.resolve(undefined),
          onStartedLeading: ({ signal }) => aborted(signal),
        })
        if (others.has(key)) led.resolve(undefined)
        else others.set(key, elector.run(stop.signal))
      }
      await led.promise
    },
    async stop() {
      stop.abort()
      try {
        await Promise.all([demo.ended, ...others.values()])
      } finally {
        client.close()
        await server.close()
      }
    },
  }
}
