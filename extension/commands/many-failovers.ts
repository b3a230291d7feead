import * as vscode from 'vscode'
import { actor } from '../../shared/actions/actor.ts'
import { DEFAULT_AT_ONCE, planMany, runMany, type ManyEvent, type ManyPlan, type ManyRequest, type Verdict } from '../../shared/actions/failover-many.ts'
import { tryFailover, type FailoverPlan } from '../../shared/actions/failover.ts'
import type { Clock } from '../../shared/time/clock.ts'
import type { ClusterSession } from '../clusters/cluster-session.ts'
import type { PlanDocument } from '../documents/plan-documents.ts'
import { short } from '../words/election-text.ts'
import { FailoverCountdown, TRY_MS, withProgress, type Report } from './failover-progress.ts'
import { planSummary, planTable } from './failover-table.ts'
import { askReason } from './failover-wish.ts'
import type { Needs } from './needs.ts'
import { verdictText } from './verdict-text.ts'

/** How often the table shows what has changed. */
const SHOW_MS = 250

/** Which elections to move, and what a person calls them. */
export interface ManyWish extends Pick<ManyRequest, 'scope' | 'places' | 'onNodes'> {
  /** `3 elections`, `the leaders on node-a`. */
  readonly what: string
}

/**
 * Moves several leaders of one context: one plan as a table in an editor, one question, progress in the same table, and a
 * verdict for each.
 */
export async function moveMany(app: Needs<'clock' | 'plans'>, session: ClusterSession, { what, ...selection }: ManyWish): Promise<void> {
  const { clock } = app
  const client = await session.client()
  const title = vscode.l10n.t('Fail over {0} in context {1}', what, short(session.name))
  const reason = await askReason(title)
  if (!reason) return
  const request: ManyRequest = { ...selection, ...reason, inZones: [], atOnce: DEFAULT_AT_ONCE, actor: actor() }
  const plan = await withProgress(vscode.l10n.t('{0}: planning, watching for renewals', title), (signal) => planMany(client, clock, request, signal))
  if (!plan) return
  const document = app.plans.add(vscode.l10n.t('Failover Plan'), planTable(plan, title, null))
  const plans = plan.moves.flatMap(({ plans }) => plans)
  if (plan.moves.length === 0) {
    if (plan.left.length > 0) await document.show()
    void vscode.window.showInformationMessage(vscode.l10n.t('{0}: no leader can be moved.', title))
    return
  }
  await document.show()
  const yes = vscode.l10n.t('Fail Over')
  const trial = vscode.l10n.t('Dry Run')
  const question = vscode.l10n.t('{0}? Leaders to move: {1}', title, plans.length)
  const picked = await vscode.window.showWarningMessage(question, { modal: true, detail: planSummary(plan).join('\n') }, yes, trial)
  if (picked === trial) {
    for (const each of plans) await tryFailover(client, clock, each, AbortSignal.timeout(TRY_MS))
    void vscode.window.showInformationMessage(vscode.l10n.t('{0}: the API server would accept this. No changes were made.', title))
  }
  if (picked !== yes) return
  let isCanceled = false
  const verdicts = await withProgress(title, async (signal, report) => {
    const table = new ProgressTable(clock, plan, title, document, report)
    try {
      return await runMany(client, clock, plan, { signal, onEvent: (event) => table.take(event) })
    } finally {
      isCanceled = signal.aborted
      table.end()
    }
  })
  if (verdicts) await showVerdicts(title, plan, verdicts, isCanceled, document)
}

async function showVerdicts(title: string, { left }: ManyPlan, verdicts: readonly Verdict[], isCanceled: boolean, document: PlanDocument): Promise<void> {
  const moved = verdicts.filter(({ outcome }) => outcome === 'moved').length
  if (moved === verdicts.length && left.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('{0}: all leaders moved ({1}).', title, moved))
    return
  }
  const text = vscode.l10n.t('{0}: moved {1} of {2} leaders.', title, moved, verdicts.length + left.length)
  const show = vscode.l10n.t('Show Verdicts')
  const canceled = vscode.l10n.t('Canceled. Failovers in progress were undone if possible. No other failover was started.')
  if ((await vscode.window.showWarningMessage(isCanceled ? `${text} ${canceled}` : text, show)) === show) await document.show()
}

/** Shows how far each failover is, in the table of the plan and in the notification. */
class ProgressTable {
  readonly #plan: ManyPlan
  readonly #title: string
  readonly #document: PlanDocument
  readonly #report: Report
  readonly #clock: Clock
  readonly #over = new AbortController()
  readonly #status = new Map<FailoverPlan, string>()
  readonly #countdowns = new Map<FailoverPlan, FailoverCountdown>()
  #begun = 0
  #ended = 0
  #isDue = false

  constructor(clock: Clock, plan: ManyPlan, title: string, document: PlanDocument, report: Report) {
    this.#clock = clock
    this.#plan = plan
    this.#title = title
    this.#document = document
    this.#report = report
    for (const each of this.#plans) this.#status.set(each, vscode.l10n.t('waiting for its turn'))
    this.#show()
  }

  take(event: ManyEvent): void {
    const { plan } = event
    switch (event.type) {
      case 'begun':
        this.#begun++
        this.#tell(plan, vscode.l10n.t('under way'))
        this.#countdowns.set(plan, new FailoverCountdown(this.#clock, (status) => this.#tell(plan, status), this.#over.signal))
        break
      case 'progress':
        this.#countdowns.get(plan)?.take(event.event)
        break
      case 'ended':
        this.#ended++
        this.#countdowns.get(plan)?.end()
        this.#tell(plan, verdictText(event.verdict))
    }
  }

  /** Shows the verdicts. What did not begin is told as such. */
  end(): void {
    this.#over.abort()
    for (const each of this.#plans) if (!this.#countdowns.has(each)) this.#status.set(each, vscode.l10n.t('not started'))
    this.#show()
  }

  get #plans(): readonly FailoverPlan[] {
    return this.#plan.moves.flatMap(({ plans }) => plans)
  }

  #tell(plan: FailoverPlan, status: string): void {
    this.#status.set(plan, status)
    if (this.#isDue) return
    this.#isDue = true
    void this.#clock.sleep(SHOW_MS, this.#over.signal).then(
      () => this.#show(),
      // The end shows all.
      () => undefined,
    )
  }

  #show(): void {
    this.#isDue = false
    this.#document.change(planTable(this.#plan, this.#title, (plan) => this.#status.get(plan)!))
    const all = this.#plans.length
    this.#report(vscode.l10n.t('{0} of {1} done, {2} under way', this.#ended, all, this.#begun - this.#ended), this.#ended / all)
  }
}
