/**
 * A candidate that runs this library's elector: the counterpart of client-go-candidate, for tests and measurements that
 * mix the two or compare them. It takes the same flags, written `--name=value`, and prints the same JSON lines on
 * stdout, each with the fencing token of its term where there is one:
 *
 *     {"time":"2026-01-02T03:04:05.678Z","type":"started-leading","identity":"a","leader":"a","election":"demo","fencingToken":"17"}
 *
 * More of its own:
 *
 * - `--resource=PORT`: the guarded work acts, every 5 ms, on a resource on that port of 127.0.0.1: see fenced-resource.ts.
 * - `--tell-news`: also `watching` (the watch has told of something) and `seen` (somebody else has changed the record, by
 *   whatever way this candidate learned of it).
 * - `--no-watch`: poll alone.
 * - what goes wrong with a request or the watch, on stderr.
 *
 * SIGTERM and SIGINT cancel everything: exit code 0. Once every election is over without that, the exit code is 1.
 */
import { writeSync } from 'node:fs'
import { connect as connectSocket, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { parseDuration } from '../../kubectl-plugin/output/duration.ts'
import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { LeaderElector } from '../../shared/election/elector.ts'
import type { Leadership, LeadershipEnded } from '../../shared/election/leadership.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import type { Lock, LockedRecord } from '../../shared/locks/lock.ts'
import { systemClock } from '../../shared/time/clock.ts'
import type { Act } from './fenced-resource.ts'

const ACT_EVERY_MS = 5

const { values: flags } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    namespace: { type: 'string', default: 'default' },
    name: { type: 'string' },
    id: { type: 'string' },
    count: { type: 'string', default: '0' },
    'lease-duration': { type: 'string', default: '15s' },
    'renew-deadline': { type: 'string', default: '10s' },
    'retry-period': { type: 'string', default: '2s' },
    'release-on-cancel': { type: 'boolean', default: false },
    rejoin: { type: 'boolean', default: false },
    resource: { type: 'string' },
    'tell-news': { type: 'boolean', default: false },
    'no-watch': { type: 'boolean', default: false },
  },
})
const { kubeconfig, name, id: identity, namespace } = flags
if (kubeconfig === undefined || name === undefined || identity === undefined) {
  throw new Error('--kubeconfig, --name and --id are required')
}

const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
const resource: Socket | null = flags.resource === undefined ? null : connectSocket(Number(flags.resource), '127.0.0.1')
const client = await connect({ kubeconfig }, { env: {}, clock: systemClock, version: 'candidate' })
const count = Number(flags.count)
const elections = count === 0 ? [name] : Array.from({ length: count }, (_, index) => `${name}-${index}`)
await Promise.all(elections.map((election) => stand(client, election)))
resource?.destroy()
client.close()
if (!stop.signal.aborted) process.exitCode = 1

async function stand(through: ApiClient, election: string): Promise<void> {
  let leader = ''
  // Written at once: what is buffered in a process is lost when it is killed.
  const tell = (type: string, more: object = {}): void => {
    const line = { time: new Date().toISOString(), type, identity, leader, election, ...more }
    writeSync(1, `${JSON.stringify(line)}\n`)
  }
  const lease = new LeaseLock(through, { namespace, name: election })
  await new LeaderElector({
    lock: flags['tell-news'] ? telling(lease, tell) : flags['no-watch'] ? polled(lease) : lease,
    identity: identity!,
    leaseDurationMs: parseDuration(flags['lease-duration']),
    renewDeadlineMs: parseDuration(flags['renew-deadline']),
    retryPeriodMs: parseDuration(flags['retry-period']),
    releaseOnCancel: flags['release-on-cancel'],
    rejoin: flags.rejoin,
    onNewLeader(holder) {
      leader = holder
      tell('new-leader')
    },
    onError: (error) => process.stderr.write(`${new Date().toISOString()} ${election}: ${String(error)}\n`),
    async onStartedLeading({ signal, fencingToken }) {
      leader = identity!
      tell('started-leading', { fencingToken })
      await act({ signal, fencingToken })
      tell('stopped-leading', { fencingToken, reason: (signal.reason as LeadershipEnded).reason })
    },
  }).run(stop.signal)
}

/** The guarded work. */
async function act({ signal, fencingToken }: Pick<Leadership, 'signal' | 'fencingToken'>): Promise<void> {
  if (!resource) return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  while (!signal.aborted) {
    const act: Act = { identity: identity!, fencingToken, atMs: systemClock.wallMs() }
    resource.write(`${JSON.stringify(act)}\n`)
    await systemClock.sleep(ACT_EVERY_MS, signal).catch(() => undefined)
  }
}

/** The lock without its watch. */
function polled(lock: Lock): Lock {
  return {
    description: lock.description,
    read: (signal) => lock.read(signal),
    create: (record, signal) => lock.create(record, signal),
    update: (previous, record, signal) => lock.update(previous, record, signal),
  }
}

/** The lock, telling what is learned through it. */
function telling(lock: Lock, tell: (type: string) => void): Lock {
  let known: string | undefined
  const learn = (found: LockedRecord): void => {
    const content = JSON.stringify(found.record)
    if (content !== known && found.record.holderIdentity !== identity) tell('seen')
    known = content
  }
  return {
    ...polled(lock),
    async read(signal) {
      const found = await lock.read(signal)
      if (found) learn(found)
      return found
    },
    watch(listener, signal) {
      let isWatching = false
      return lock.watch!((event) => {
        if (!isWatching) tell('watching')
        isWatching = true
        if (event.type === 'written') learn(event.locked)
        listener(event)
      }, signal)
    },
  }
}
