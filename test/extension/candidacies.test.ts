import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ElectionHandle } from '../../extension/clusters/election-handle.ts'
import { Candidacies, type CandidacyOptions } from '../../extension/joined/candidacies.ts'
import { timingsFor } from '../../shared/election/timings.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { sessionOn } from './support/sandbox-session.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))

const TERMS: CandidacyOptions = { timings: timingsFor({}, null), maxHoldMs: 0 }

let sandbox: Sandbox
let candidacies: Candidacies
let handle: ElectionHandle

beforeEach(async () => {
  sandbox = await startSandbox()
  candidacies = new Candidacies(systemClock)
  handle = new ElectionHandle(sessionOn(sandbox), { lock: 'lease', namespace: 'default', name: 'worker' })
})
afterEach(async () => {
  await candidacies.leaveAll()
  handle.session[Symbol.dispose]()
  await sandbox.close()
})

describe('joining an election that this window has already joined', () => {
  it('changes nothing', async () => {
    const first = await candidacies.join(handle, TERMS)
    expect(await candidacies.join(handle, TERMS)).toBe(first)
    const { identity } = candidacies.of(handle)!
    expect(await candidacies.join(handle, { ...TERMS, identity })).toBe(first)
  })

  it('is refused under another identity, because no candidate would have that one', async () => {
    await candidacies.join(handle, { ...TERMS, identity: 'first' })
    await expect(candidacies.join(handle, { ...TERMS, identity: 'second' })).rejects.toThrow(
      'This window has already joined default/worker in context one, as first.',
    )
    expect(candidacies.of(handle)!.identity).toBe('first')
  })
})

it('a candidate that has failed is leaving, so that no failover moves leadership to it', async () => {
  candidacies.onNews(({ type }) => {
    if (type === 'started-leading') throw new Error('What listens has failed.')
  })
  const candidate = await candidacies.join(handle, TERMS)
  expect(candidate.leaving.aborted).toBe(false)
  await expect.poll(() => candidacies.all, { timeout: 20_000 }).toEqual([])
  expect(candidate.leaving.aborted).toBe(true)
})
