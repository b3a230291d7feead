import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '../../../shared/cluster/connection/connection.ts'
import { watchElections } from '../../../shared/cluster/elections/election-watch.ts'
import { startSandbox } from '../../../shared/sandbox/index.ts'
import { systemClock } from '../../../shared/time/clock.ts'
import { connectedJson, disconnectedJson, eventJson } from '../../../kubectl-plugin/watch/event-json.ts'
import { Random } from '../../simulation/random.ts'
import { startBuilt } from '../../support/built-cli.ts'
import { Elections, type Written } from './elections.ts'

/** A time in which no recorder ran, in milliseconds since the epoch: from its kill until another one was started. */
export interface Outage {
  readonly killedAtMs: number
  readonly startedAtMs: number
}

export interface KilledRun {
  /** What a watch in this process, which nobody killed, reported: lines of `watch -o json --renewals`. */
  readonly watched: readonly string[]
  readonly written: readonly Written[]
  readonly kills: readonly Outage[]
  readonly recording: string
}

/** Records elections with the built program, which is killed again and again; now and then, its server is gone, too. */
export async function recordUnderKills(folder: string, durationMs: number, { seed = 1, elections = 12, killEveryMs = 20_000 } = {}): Promise<KilledRun> {
  const over = new AbortController()
  const { signal } = over
  const random = new Random(seed)
  const sandbox = await startSandbox({ bookmarkIntervalMs: 1_000 })
  const kubeconfig = join(folder, 'kubeconfig')
  mkdirSync(folder, { recursive: true })
  writeFileSync(kubeconfig, JSON.stringify(sandbox.kubeconfig({ namespace: 'shop' })), { mode: 0o600 })
  const scene = new Elections(sandbox)
  const running = Array.from({ length: elections }, (_, index) => scene.run(`election-${index}`, random.fork(), signal))

  const client = await connect({ kubeConfig: { exportConfig: () => JSON.stringify(sandbox.kubeconfig()) } }, { env: {}, clock: systemClock, version: 'test' })
  const feed = watchElections(client, systemClock, { namespaces: 'all' }, signal)
  const watched: string[] = []
  feed.store.onEvent((event) => watched.push(eventJson(event)))
  feed.store.onViewChange(({ connected, staleSinceMs, reason }) => {
    const wallMs = systemClock.wallMs()
    const sinceWallMs = wallMs - (systemClock.monotonicMs() - (staleSinceMs ?? systemClock.monotonicMs()))
    watched.push(connected ? connectedJson(wallMs) : disconnectedJson(wallMs, reason ?? '', sinceWallMs))
  })
  await feed.ready

  const recording = join(folder, 'rec.jsonl')
  const start = () => startBuilt(['record', '-A', '--to', recording, '--kubeconfig', kubeconfig])
  const kills: Outage[] = []
  const endsAtMs = performance.now() + durationMs
  let recorder = start()
  while (performance.now() < endsAtMs) {
    await delay(random.between(0.5, 1.5) * killEveryMs)
    if (random.chance(0.3)) {
      await sandbox.stopListening()
      await delay(random.between(500, 4_000))
      await sandbox.listen()
      await delay(killEveryMs / 2)
    }
    const killedAtMs = Date.now()
    recorder.kill('SIGKILL')
    await recorder.finished
    await delay(random.between(0, 3_000))
    kills.push({ killedAtMs, startedAtMs: Date.now() })
    recorder = start()
  }
  await delay(killEveryMs / 2)
  recorder.kill('SIGTERM')
  await recorder.finished
  over.abort()
  await Promise.all([...running, feed.ended])
  client.close()
  await sandbox.close()
  return { watched, written: scene.written, kills, recording }
}
