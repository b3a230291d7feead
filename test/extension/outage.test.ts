import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ClusterSession } from '../../extension/clusters/cluster-session.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { Gateway, Truth } from '../property/gateway.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))

let clock: FakeClock
let truth: Truth
let gateway: Gateway
let session: ClusterSession
/** What was told, without renewals and their absence, as `acquired a: x -> y`. */
let told: string[]

beforeEach(async () => {
  clock = new FakeClock()
  truth = new Truth(clock)
  gateway = new Gateway(truth, clock, () => 5)
  for (const name of ['moved', 'same', 'replaced']) truth.write(name, 'x')
  session = new ClusterSession({ name: 'one', context: 'one', isSandbox: false, clock, scope: { namespaces: ['ns'] }, open: () => Promise.resolve(gateway) })
  told = []
  session.onEvent(({ type, election, previousHolderIdentity }) => {
    if (!['renewed', 'late', 'expired'].includes(type)) told.push(`${type} ${election.name}: ${previousHolderIdentity ?? ''} -> ${election.record.holderIdentity}`)
  })
})

afterEach(() => session[Symbol.dispose]())

/** The API server cannot be reached for so long that the session connects anew; meanwhile, this happens. */
async function outage(meanwhile: () => void): Promise<void> {
  gateway.troubles.add('down')
  gateway.cut('broken')
  await clock.advance(60_000)
  expect(session.state.phase).toBe('stale')
  meanwhile()
  gateway.troubles.clear()
  await clock.advance(60_000)
  expect(session.state.phase).toBe('live')
}

it('tells after an outage what has happened to elections that it knew', async () => {
  session.hold()
  await clock.advance(1_000)
  told.length = 0
  await outage(() => {
    truth.write('moved', 'y')
    truth.write('same', 'x')
    truth.delete('replaced')
    truth.write('replaced', 'y')
  })
  expect(told).toEqual(['acquired moved: x -> y', 'added replaced:  -> y'])
})

it('tells nothing of what happened while it was not meant to watch', async () => {
  const release = session.hold()
  await clock.advance(1_000)
  release()
  told.length = 0
  truth.write('moved', 'y')
  session.hold()
  await clock.advance(1_000)
  expect(told).toEqual([])
})
