import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ElectionHandle } from '../../extension/clusters/election-handle.ts'
import { takeHere } from '../../extension/commands/take-leadership.ts'
import { Candidacies, type CandidacyOptions } from '../../extension/joined/candidacies.ts'
import type { FailoverPlan, FailoverResult } from '../../shared/actions/failover.ts'
import { planTake, takeLeadership } from '../../shared/actions/take.ts'
import { timingsFor } from '../../shared/election/timings.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { CancellationTokenSource, window } from './support/fake-vscode.ts'
import { sessionOn } from './support/sandbox-session.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))
vi.mock('../../shared/actions/take.ts')

const TERMS: CandidacyOptions = { timings: timingsFor({}, null), maxHoldMs: 0 }
/** As far as the person is asked about it. */
const PLAN = { from: 'other', expectedLeaderlessMs: { leastMs: 0, mostMs: 20_000 }, cautions: [], gaps: [] } as unknown as FailoverPlan

let sandbox: Sandbox
let candidacies: Candidacies
let handle: ElectionHandle

const take = (): Promise<boolean> => takeHere({ clock: systemClock, candidacies }, handle, TERMS, 'until you leave the election')

beforeEach(async () => {
  sandbox = await startSandbox()
  candidacies = new Candidacies(systemClock)
  handle = new ElectionHandle(sessionOn(sandbox), { lock: 'lease', namespace: 'default', name: 'worker' })
  vi.mocked(planTake).mockResolvedValue(PLAN)
  vi.mocked(takeLeadership).mockImplementation(async (_client, _clock, _plan, { joined }) => {
    await joined
    return { outcome: 'moved' } as FailoverResult
  })
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.mocked(takeLeadership).mockClear()
  await candidacies.leaveAll()
  handle.session[Symbol.dispose]()
  await sandbox.close()
})

describe('taking leadership from this window', () => {
  it('moves leadership to the candidate of the plan', async () => {
    expect(await take()).toBe(true)
    expect(candidacies.of(handle)!.identity).toBe(vi.mocked(planTake).mock.lastCall![2].identity)
    expect(takeLeadership).toHaveBeenCalledOnce()
  })

  it('is refused if this window has joined while the plan was made', async () => {
    vi.mocked(planTake).mockImplementation(async () => {
      await candidacies.join(handle, TERMS)
      return PLAN
    })
    await expect(take()).rejects.toThrow('This window has already joined default/worker in context one.')
    expect(takeLeadership).not.toHaveBeenCalled()
    expect(candidacies.all).toHaveLength(1)
  })

  it('is not an error if the person cancels immediately', async () => {
    const asked = vi.spyOn(window, 'showWarningMessage')
    vi.spyOn(window, 'withProgress').mockImplementation((options, work) => {
      const source = new CancellationTokenSource()
      const working = work({ report() {} }, source.token)
      if ((options as { readonly title: string }).title.startsWith('Taking')) source.cancel()
      return working
    })
    expect(await take()).toBe(true)
    await expect.poll(() => candidacies.all).toEqual([])
    // Nothing but the question.
    expect(asked).toHaveBeenCalledOnce()
  })

  it('leaves the election if it fails', async () => {
    vi.mocked(takeLeadership).mockRejectedValue(new Error('The API server is gone.'))
    await expect(take()).rejects.toThrow('The API server is gone.')
    expect(candidacies.all).toEqual([])
  })
})
