import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { App } from '../../extension/app.ts'
import { ElectionHandle } from '../../extension/clusters/election-handle.ts'
import { failOver } from '../../extension/commands/fail-over.ts'
import { join } from '../../extension/commands/join.ts'
import { release } from '../../extension/commands/release.ts'
import { takeHere } from '../../extension/commands/take-leadership.ts'
import { Candidacies, type CandidacyNews } from '../../extension/joined/candidacies.ts'
import { showJoinedNotices } from '../../extension/joined/joined-notices.ts'
import { JoinedStatus } from '../../extension/joined/joined-status.ts'
import { planFailover, runFailover, type FailoverPlan, type FailoverResult } from '../../shared/actions/failover.ts'
import { observeHolder, planRelease, release as releaseElection, type ReleasePlan } from '../../shared/actions/release.ts'
import { planTake, takeLeadership } from '../../shared/actions/take.ts'
import type { StopReason } from '../../shared/election/index.ts'
import { timingsFor } from '../../shared/election/timings.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { FakeClock, systemClock } from '../../shared/time/index.ts'
import { statusBarItem, window } from './support/fake-vscode.ts'
import { sessionOn } from './support/sandbox-session.ts'

vi.stubGlobal('__VERSION__', 'test')
vi.mock('vscode', () => import('./support/fake-vscode.ts'))
vi.mock('../../shared/actions/failover.ts')
vi.mock('../../shared/actions/release.ts')
vi.mock('../../shared/actions/take.ts')

/** As elections of different clusters often have the same name. */
const NAMED = /\bdefault\/worker in context one\b/

const PLAN = {
  from: 'old',
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

  it.each<[string, CandidacyNews]>([
    ['started leading', { type: 'started-leading' } as CandidacyNews],
    ['failed', { type: 'failed', reason: 'The lock is broken.' } as CandidacyNews],
    ...(['max-hold', 'deadline', 'taken', 'stranger', 'emptied', 'deleted', 'blocked', 'failed'] satisfies StopReason[]).map(
      (reason): [string, CandidacyNews] => [`stopped leading: ${reason}`, { type: 'stopped-leading', reason } as CandidacyNews],
    ),
  ])('the notification that this window %s', (_, news) => {
    let tell = (_news: CandidacyNews): void => {}
    const onNews = (listener: typeof tell): (() => void) => {
      tell = listener
      return () => {}
    }
    showJoinedNotices({ onNews, leave: () => Promise.resolve() } as unknown as Candidacies)
    tell({ ...news, handle })
    expectNamed(1)
  })

  it('the tooltip of the status bar', () => {
    let change = (): void => {}
    const onChange = (listener: () => void): void => void (change = listener)
    const all = [{ handle, isLeading: false, problem: null, releasesAtWallMs: null }]
    const status = new JoinedStatus({ all, onChange, onNews: () => () => {} } as unknown as Candidacies, new FakeClock())
    change()
    expect(statusBarItem.tooltip).toBe('default/worker in context one: standby')
    status.dispose()
  })
})

it('the context is named in an error of a command about an election', async () => {
  const subscriptions: { dispose(): void }[] = []
  const whole = new App({ subscriptions } as unknown as App['context'])
  vi.spyOn(handle, 'client').mockRejectedValue(new Error('The API server is gone.'))
  await whole.run('failOver', [row])
  expect(shown).toEqual(['default/worker in context one: The API server is gone.'])
  for (const subscription of subscriptions) subscription.dispose()
})

describe('joining', () => {
  /** Joins with the entry of the pick list that has this label. */
  async function joinWith(label: string): Promise<void> {
    vi.spyOn(window, 'showQuickPick').mockImplementation((items) =>
      Promise.resolve((items as { readonly label: string }[]).find((item) => item.label === label)),
    )
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
        'A candidate in a terminal waits as a standby. It becomes the leader only after the holder releases the lease or lets it expire.',
        'While it is the leader, the other candidates do no work, and the command runs in the terminal.',
      ],
    ],
    [
      'a command while the lease has no holder',
      '',
      'Run "./work" while leading',
      [
        'Command: ./work',
        'The lease has no holder. A candidate in a terminal becomes the leader as soon as it acquires it.',
        'While it is the leader, the other candidates do no work, and the command runs in the terminal.',
      ],
    ],
  ])('asks before %s, and changes nothing if the person cancels', async (_, holderIdentity, label, lines) => {
    hold(holderIdentity)
    const asked = questions()
    const createTerminal = vi.spyOn(window, 'createTerminal')
    await joinWith(label)
    expect(asked).toEqual([['Join default/worker in context one?', ...lines].join('\n')])
    expect(createTerminal).not.toHaveBeenCalled()
    expect(app.candidacies.all).toEqual([])
  })
})
