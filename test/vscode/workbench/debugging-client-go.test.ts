import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, inject, it } from 'vitest'
import { connect } from '../../../shared/cluster/connection/connection.ts'
import { LeaseLock } from '../../../shared/locks/lease-lock.ts'
import { systemClock } from '../../../shared/time/clock.ts'
import { Member } from '../../interop/member.ts'
import { startRealCluster, type RealCluster } from '../../support/real-cluster.ts'
import { openWorkbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

const NAME = 'checkout'
const TIMINGS = ['--lease-duration=6s', '--renew-deadline=4s', '--retry-period=1s']
/** How long a person reads at the breakpoint, in milliseconds. */
const PAUSE_MS = 25_000
const STEPS = 10
/** How long a person reads after each step, in milliseconds. */
const readingMs = (step: number): number => (step % 5) * 100

/** Writes down each moment at which it acts, and pauses once. */
const PROGRAM = `
const { appendFileSync } = require('node:fs')
let acts = 0
function act() {
  acts += 1
  appendFileSync(__dirname + '/acts', Date.now() + '\\n')
  if (acts === 3) debugger
  let sum = 0
  for (let index = 0; index < 1000; index++) {
    sum += index
    sum -= 1
  }
}
setInterval(act, 100)
`

it('a program that is debugged as the leader beside two candidates of client-go leads alone for as long as it is paused and stepped through', { timeout: 600_000 }, async () => {
  await using scene = new AsyncDisposableStack()
  const cluster = scene.adopt(await startRealCluster(), (started) => started.close())
  const members = await Promise.all(
    ['one', 'two'].map((identity) =>
      Member.create(cluster, { kind: 'client-go', identity, election: NAME, releases: true, timings: TIMINGS, resourcePort: 0 }),
    ),
  )
  for (const member of members) {
    scene.use(member)
    member.start()
  }
  const terms = (): number => members.flatMap((member) => member.terms).length
  await expect.poll(terms).toBe(1)
  const workbench = scene.use(await openWorkbench({ extensions, env: { KUBECONFIG: cluster.kubeconfig } }))
  const { window, profile } = workbench
  mkdirSync(join(profile.workspace, '.vscode'))
  writeFileSync(join(profile.workspace, 'program.js'), PROGRAM)
  const configurations = [
    { type: 'kubectl-leader', request: 'launch', name: 'As the leader', election: `default/${NAME}`, take: true, configuration: 'Program' },
    { type: 'node', request: 'launch', name: 'Program', program: '${workspaceFolder}/program.js' },
  ]
  writeFileSync(join(profile.workspace, '.vscode/launch.json'), JSON.stringify({ version: '0.2.0', configurations }))
  await window.command('Debug: Start Debugging')
  await window.answerModal('Take Leadership')
  await window.statusBarItem(/paused at a breakpoint, lease held/).waitFor()
  const before = terms()
  await delay(PAUSE_MS)
  expect(terms()).toBe(before)
  for (let step = 0; step < STEPS; step++) {
    await window.page.keyboard.press('F10')
    await window.statusBarItem(/paused at a breakpoint/).waitFor()
    await delay(readingMs(step))
    expect(terms()).toBe(before)
  }
  await window.page.keyboard.press('F5')
  const acts = (): number[] => readFileSync(join(profile.workspace, 'acts'), 'utf8').trim().split('\n').map(Number)
  const paused = acts().length
  await expect.poll(() => acts().length).toBeGreaterThan(paused + 5)
  expect(terms()).toBe(before)
  const released = releaseOf(cluster, scene)
  await window.page.keyboard.press('Shift+F5')
  await expect.poll(terms, { interval: 20 }).toBe(before + 1)
  const next = Math.max(...members.flatMap((member) => member.terms).map(({ startedAtMs }) => startedAtMs))
  const all = acts()
  const releasedAtMs = await released
  // A standby of client-go looks at the lease each 1 to 2.2 s.
  console.log(`The lease was released ${releasedAtMs - all.at(-1)!} ms after the last act of the program, and acquired ${next - releasedAtMs} ms later.`)
  expect(releasedAtMs).toBeGreaterThanOrEqual(all.at(-1)!)
  // No overlap: the old leader had stopped before the first act, and the next one led after the last.
  const ours = { fromMs: all[0]!, untilMs: all.at(-1)! }
  for (const { startedAtMs, stoppedAtMs } of members.flatMap((member) => member.terms)) {
    expect(stoppedAtMs <= ours.fromMs || startedAtMs >= ours.untilMs).toBe(true)
  }
})

/** When the lease is released next, as a watch shows it. */
async function releaseOf({ kubeconfig }: RealCluster, scene: AsyncDisposableStack): Promise<number> {
  const client = await connect({ kubeconfig }, { env: {}, clock: systemClock, version: '0' })
  scene.defer(() => client.close())
  const over = new AbortController()
  const released = Promise.withResolvers<number>()
  const lock = new LeaseLock(client, { namespace: 'default', name: NAME })
  const watching = lock.watch((event) => {
    if (event.type === 'written' && event.locked.record.holderIdentity === '') released.resolve(Date.now())
  }, over.signal)
  watching.catch(released.reject)
  return released.promise.finally(() => over.abort())
}
