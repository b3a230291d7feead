import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { App } from '../../extension/app.ts'
import { ElectionHandle } from '../../extension/clusters/election-handle.ts'
import { failOver } from '../../extension/commands/fail-over.ts'
import { join } from '../../extension/commands/join.ts'
import { release } from '../../extension/commands/release.ts'
import { takeHere } from '../../extension/commands/take-leadership.ts'
import { Candidacies } from '../../extension/joined/candidacies.ts'
import type { JoinedNews, JoinedSource } from '../../extension/joined/joined.ts'
import { showJoinedNotices } from '../../extension/joined/joined-notices.ts'
import { JoinedStatus } from '../../extension/joined/joined-status.ts'
import type { JoinTasks } from '../../extension/tasks/join-tasks.ts'
import { planFailover, runFailover, type FailoverPlan, type FailoverResult } from '../../shared/actions/failover.ts'
import { observeHolder, planRelease, release as releaseElection, type ReleasePlan } from '../../shared/actions/release.ts'
import { planTake, takeLeadership } from '../../shared/actions/take.ts'
import type { StopReason } from '../../shared/election/machine/protocol.ts'
import { timingsFor } from '../../shared/election/timings.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { extensionContext, statusBarItem, window } from './support/fake-vscode.ts'
import { sessionOn } from './support/sandbox-session.ts'

vi.stubGlobal('__VERSION__', 'test')
vi.mock('vscode', () => import('./support/fake-vscode.ts'))
vi.mock('../../shared/actions/failover.ts')
vi.mock('../../shared/candidates/read-candidates.ts', () => ({ readCandidates: () => Promise.resolve({ candidates: [] }) }))
vi.mock('../../shared/actions/release.ts')
vi.mock('../../shared/actions/take.ts')

/** As elections of different clusters often have the same name. */
const NAMED = /\bdefault\/worker in context one\b/

const PLAN = {
  from: 'old',
  to: null,
  candidates: [],
  expectedLeaderlessMs: { leastMs: 0, mostMs: 21_000 },
  isOtherKnown: false,
  cautions: [],
  gaps: [],
} as unknown as FailoverPlan
const RESULT = { from: 'old', to: 'new', pod: null, leaderlessMs: 200, abortion: null }

let sandbox: Sandbox
let handle: ElectionHandle
let app: App
let row: { readonly kind: 'election'; readonly id: string; readonly handle: ElectionHandle }
/** Every question, notification and progress title. */
let shown: string[]

beforeEach(async () => {
  sandbox = await startSandbox()
  handle = new ElectionHandle(sessionOn(sandbox), { lock: 'lease', namespace: 'default', name: 'worker' })
  row = { kind: 'election', id: '', handle }
  app = {
    clock: systemClock,
    candidacies: new Candidacies(systemClock),
    settings: { maxHold: '10m', joinCommand: './work' },
    run: () => Promise.resolve(),
  } as unknown as App
  shown = []
  vi.spyOn(window, 'showInputBox').mockResolvedValue('')
  for (const name of ['showWarningMessage', 'showInformationMessage', 'showErrorMessage'] as const) {
    const real = window[name]
    vi.spyOn(window, name).mockImplementation((...asked: readonly unknown[]) => {
      shown.push(String(asked[0]))
      return real(...asked)
    })
  }
  const { withProgress } = window
  vi.spyOn(window, 'withProgress').mockImplementation((options, work) => {
    shown.push((options as { readonly title: string }).title)
    return withProgress(options, work)
  })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await app.candidacies.leaveAll()
  handle.session[Symbol.dispose]()
  await sandbox.close()
})

function expectNamed(count: number): void {
  expect(shown).toHaveLength(count)
  expect(shown.filter((text) => !NAMED.test(text))).toEqual([])
}

describe('the context is named in every text of', () => {
  it.each<[string, Partial<FailoverResult>]>([
    ['that moved leadership', { outcome: 'moved' }],
    ['after which no candidate leads', { outcome: 'free', to: '' }],
    ...(['untouched', 'restored', 'unrenewed', 'released', 'handedOver', 'lost'] as const).map(
      (left): [string, Partial<FailoverResult>] => [`that left the lease ${left}`, { outcome: 'aborted', abortion: { cause: 'interrupted', left } }],
    ),
    ['after which the lease has no holder', { outcome: 'aborted', to: '', abortion: { cause: 'interrupted', left: 'released' } }],
    ['that another client ended', { outcome: 'aborted', to: '', abortion: { cause: 'emptied', left: 'lost' } }],
    ['of a leader that changed', { outcome: 'aborted', abortion: { cause: 'reacquired', left: 'untouched' } }],
  ])('a failover %s', async (_, result) => {
    vi.mocked(planFailover).mockResolvedValue(PLAN)
    vi.mocked(runFailover).mockResolvedValue({ ...RESULT, ...result } as FailoverResult)
    await failOver(app, row)
    // Two progress titles, two questions, one result.
    expectNamed(5)
  })

  it('a failover that the old leader won', async () => {
    vi.mocked(planFailover).mockResolvedValue(PLAN)
    vi.mocked(runFailover).mockResolvedValue({ ...RESULT, outcome: 'returned' } as FailoverResult)
    await failOver(app, row)
    expectNamed(5)
  })

  it.each([['free', ''], ['held', 'new']])('taking leadership that fails, with a lease that is %s', async (_, to) => {
    vi.mocked(planTake).mockResolvedValue(PLAN)
    vi.mocked(takeLeadership).mockResolvedValue({ ...RESULT, outcome: 'aborted', to } as FailoverResult)
    await takeHere(app, handle, { timings: timingsFor({}, null), maxHoldMs: 0 }, 'until you leave the election')
    expectNamed(4)
  })

  it.each([['with a holder', 'gone', 3], ['without a holder', '', 1]])('a release %s', async (_, holderIdentity, count) => {
    vi.mocked(planRelease).mockResolvedValue({ holderIdentity } as ReleasePlan)
    await release(app, row)
    expectNamed(count)
    expect(vi.mocked(releaseElection).mock.calls.length).toBe(holderIdentity === '' ? 0 : 1)
    vi.mocked(releaseElection).mockClear()
    vi.mocked(observeHolder).mockClear()
  })

  describe.each(['window', 'task'] as const)('the notification that the %s', (by) => {
    it.each<[string, object]>([
      ['started leading', { type: 'started-leading' }],
      ['failed', { type: 'failed', reason: 'The lock is broken.' }],
      ...(['max-hold', 'deadline', 'taken', 'stranger', 'emptied', 'deleted', 'blocked', 'failed'] satisfies StopReason[]).map(
        (reason): [string, object] => [`stopped leading: ${reason}`, { type: 'stopped-leading', reason }],
      ),
    ])('%s', (_, news) => {
      let tell = (_news: JoinedNews): void => {}
      const onNews = (listener: typeof tell): (() => void) => {
        tell = listener
        return () => {}
      }
      showJoinedNotices({ onNews } as unknown as JoinedSource)
      tell({ ...news, joined: { handle, by, leave: () => Promise.resolve() } } as unknown as JoinedNews)
      expectNamed(1)
    })
  })

  it('the tooltip of the status bar', () => {
    let change = (): void => {}
    const onChange = (listener: () => void): (() => void) => {
      change = listener
      return () => {}
    }
    const all = [{ handle, isLeading: false, problem: null, releasesAtWallMs: null }]
    const status = new JoinedStatus({ all, onChange, onNews: () => () => {} } as unknown as JoinedSource, new FakeClock())
    change()
    expect(statusBarItem.tooltip).toBe('default/worker in context one: standby\nSelect to leave, extend or show.')
    status.dispose()
  })
})

it('the context is named in an error of a command about an election', async () => {
  const subscriptions: { dispose(): void }[] = []
  const whole = new App(extensionContext(subscriptions))
  vi.spyOn(handle, 'client').mockRejectedValue(new Error('The API server is gone.'))
  await whole.run('failOver', [row])
  expect(shown).toEqual(['default/worker in context one: The API server is gone.'])
  for (const subscription of subscriptions) subscription.dispose()
})

describe('joining', () => {
  const run = vi.fn<JoinTasks['run']>()

  beforeEach(() => {
    run.mockReset()
    Object.assign(app, { tasks: { run } })
  })

  /** Joins with the entries of the pick lists that have these labels, one of each list. */
  async function joinWith(...labels: readonly string[]): Promise<void> {
    const left = [...labels]
    vi.spyOn(window, 'showQuickPick').mockImplementation((items) => {
      const next = left.shift()
      return Promise.resolve((items as { readonly label: string }[]).find(({ label }) => label === next))
    })
    await join(app, row)
  }

  /** What the person is asked, who then cancels. */
  function questions(): string[] {
    const asked: string[] = []
    vi.spyOn(window, 'showWarningMessage').mockImplementation((...told: readonly unknown[]) => {
      asked.push(`${String(told[0])}\n${(told[1] as { readonly detail: string }).detail}`)
      return Promise.resolve(undefined)
    })
    return asked
  }

  const hold = (holderIdentity: string): unknown =>
    vi.spyOn(handle, 'read').mockReturnValue({ election: { record: { holderIdentity, leaseDurationSeconds: 15 } } } as ReturnType<ElectionHandle['read']>)

  it.each<[string, string, string, readonly string[]]>([
    [
      'this window while another candidate holds the lease',
      'other',
      'Wait as a standby in this window',
      [
        'Current holder: other',
        'This window waits as a standby. It becomes the leader only after the holder releases the lease or lets it expire.',
        "While this window is the leader, the other candidates do no work, and this window does none either: the election's work stops, for at most 10m per term.",
      ],
    ],
    [
      'this window while the lease has no holder',
      '',
      'Lead from this window',
      [
        'The lease has no holder. This window becomes the leader as soon as it acquires it.',
        "While this window is the leader, the other candidates do no work, and this window does none either: the election's work stops, for at most 10m per term.",
      ],
    ],
    [
      'a command while another candidate holds the lease',
      'other',
      'Run "./work" while leading',
      [
        'Current holder: other',
        'Command: ./work',
        'The task waits as a standby. It becomes the leader only after the holder releases the lease or lets it expire.',
        'While the task is the leader, the other candidates do no work, and its command runs, for at most 10m per term.',
      ],
    ],
    [
      'a command while the lease has no holder',
      '',
      'Run "./work" while leading',
      [
        'Command: ./work',
        'The lease has no holder. The task becomes the leader as soon as it acquires it.',
        'While the task is the leader, the other candidates do no work, and its command runs, for at most 10m per term.',
      ],
    ],
  ])('asks before %s, and changes nothing if the person cancels', async (_, holderIdentity, label, lines) => {
    hold(holderIdentity)
    const asked = questions()
    await joinWith(label, 'Wait as a standby')
    expect(asked).toEqual([['Join default/worker in context one?', ...lines].join('\n')])
    expect(run).not.toHaveBeenCalled()
    expect(app.candidacies.all).toEqual([])
  })

  it('with a command runs it as a task with the maximum hold time of the settings, once the person agrees', async () => {
    hold('other')
    await joinWith('Run "./work" while leading', 'Wait as a standby')
    expect(run).toHaveBeenCalledWith({ handle, identity: expect.any(String), command: './work', isTaking: false, maxHoldMs: 600_000 })
  })

  it('with a command can take leadership, after a question with the plan', async () => {
    hold('other')
    vi.mocked(planTake).mockResolvedValue(PLAN)
    const asked = questions()
    await joinWith('Run "./work" while leading', 'Take leadership now')
    expect(asked).toEqual([expect.stringMatching(/^Take leadership of default\/worker in context one\?\nCurrent leader: old\n(.*\n)*After that, the task is the leader and runs its command, for at most 10m per term: \.\/work$/)])
    expect(run).not.toHaveBeenCalled()
    vi.mocked(window.showWarningMessage).mockResolvedValue('Take Leadership')
    await joinWith('Run "./work" while leading', 'Take leadership now')
    expect(run).toHaveBeenCalledWith(expect.objectContaining({ isTaking: true }))
  })
})
