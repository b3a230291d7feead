import * as vscode from 'vscode'
import type { Exclusion, ManyPlan } from '../../shared/actions/failover-many.ts'
import type { FailoverPlan } from '../../shared/actions/failover.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { ElectionRef } from '../../shared/lease/election-ref.ts'
import { columnsOf, fit } from '../../shared/text-columns.ts'
import { withAdvice } from '../advice.ts'
import { candidateName } from '../words/candidates.ts'
import { spokenDuration } from '../words/durations.ts'
import { short } from '../words/election-text.ts'

const LONGEST = 500

/**
 * The plan of several failovers as a table in plain text, with what is left, and the total time.
 *
 * @param statusOf How far each failover is; null before they begin. It then takes the place of what was planned.
 */
export function planTable(plan: ManyPlan, title: string, statusOf: ((plan: FailoverPlan) => string) | null): string {
  const { moves, left, request, totalMs, gaps } = plan
  const planned = moves.flatMap(({ plans }, index) => plans.map((each) => ({ each, move: String(index + 1), cells: cellsOf(each) })))
  const rows = planned.map(({ each, move, cells: [election, from, to, time] }) => [move, election, from, ...(statusOf ? [statusOf(each)] : [to, time])])
  const headings = [
    ...[vscode.l10n.t('Move'), vscode.l10n.t('Election')],
    ...(statusOf ? [vscode.l10n.t('Old leader'), vscode.l10n.t('Status')] : [vscode.l10n.t('Current leader'), vscode.l10n.t('New leader'), vscode.l10n.t('No leader for')]),
  ]
  return [
    title,
    '',
    ...(rows.length === 0 ? [vscode.l10n.t('No leader can be moved.')] : tableLines([headings, ...rows])),
    '',
    ...(left.length === 0 ? [] : [vscode.l10n.t('Not moved:'), ...left.map((each) => `  ${placeName(each.place)}: ${harmless(withAdvice(each), LONGEST)}`), '']),
    ...(rows.length === 0
      ? []
      : [
          totalText(totalMs),
          vscode.l10n.t('At most {0} failovers run at the same time, one for each owner, and those of the control plane last.', request.atOnce),
          vscode.l10n.t('Leaders in one Pod move together.'),
        ]),
    ...exclusionLines(plan),
    ...gaps.map((gap) => vscode.l10n.t('Could not check: {0}', harmless(withAdvice(gap), LONGEST))),
    '',
  ].join('\n')
}

/** The plan of several failovers in a few lines, for a question. */
export function planSummary(plan: ManyPlan): readonly string[] {
  const { moves, left, totalMs, gaps } = plan
  const plans = moves.flatMap(({ plans }) => plans)
  const shown = plans.slice(0, MOST_SHOWN).map((each) => {
    const [election, from, to] = cellsOf(each)
    return `${election}: ${from} → ${to}`
  })
  return [
    ...shown,
    ...(plans.length > MOST_SHOWN ? [vscode.l10n.t('and {0} more: see the plan in the editor', plans.length - MOST_SHOWN)] : []),
    '',
    totalText(totalMs),
    vscode.l10n.t('Time without a leader: up to {0}', spokenDuration(Math.max(...plans.map(({ expectedLeaderlessMs }) => expectedLeaderlessMs.mostMs)))),
    ...(left.length === 0 ? [] : [vscode.l10n.t('Not moved: {0}', left.map(({ place }) => placeName(place)).slice(0, MOST_SHOWN).join(', '))]),
    ...exclusionLines(plan),
    ...gaps.map((gap) => vscode.l10n.t('Could not check: {0}', harmless(withAdvice(gap), LONGEST))),
    `• ${vscode.l10n.t('Most programs exit when they lose the lease, and are then restarted.')}`,
  ]
}

const MOST_SHOWN = 8

/** An election within a context: `shop/checkout`. */
export function placeName({ lock, namespace, name }: ElectionRef): string {
  return short(`${namespace}/${lock === 'lease' ? '' : `${lock}/`}${name}`)
}

function cellsOf(plan: FailoverPlan): readonly [election: string, from: string, to: string, time: string] {
  const { request, from, holder, expectedLeaderlessMs } = plan
  const time = vscode.l10n.t('up to {0}', spokenDuration(expectedLeaderlessMs.mostMs))
  return [placeName(request.place), podOnNode(holder?.name ?? from, holder?.node ?? null), newLeaderText(plan), time]
}

function newLeaderText({ to, target, draw }: FailoverPlan): string {
  if (target) return podOnNode(candidateName(target), target.pod?.nodeName ?? null)
  if (to !== null) return short(to)
  if (draw === null) return vscode.l10n.t('the first candidate')
  return vscode.l10n.t('left to chance: {0} of {1} candidates run elsewhere', draw.accepted.length, draw.among)
}

/** A Pod with its Node: `checkout-1 on node-a`. */
export function podOnNode(pod: string, node: string | null): string {
  return node === null ? short(pod) : vscode.l10n.t('{0} on {1}', short(pod), short(node))
}

function totalText(totalMs: number): string {
  return vscode.l10n.t('Total time: up to {0}', spokenDuration(totalMs))
}

function exclusionLines({ excluded }: ManyPlan): readonly string[] {
  const nodes = [...excluded].filter(([, why]) => why !== 'selected').map(([node, why]) => `${short(node)} (${exclusionText(why)})`)
  const shown = nodes.slice(0, MOST_SHOWN).join(', ')
  return nodes.length === 0 ? [] : [vscode.l10n.t('Excluded nodes: {0}', nodes.length > MOST_SHOWN ? `${shown}, …` : shown)]
}

function exclusionText(why: Exclusion): string {
  switch (why) {
    case 'selected':
      return vscode.l10n.t('selected')
    case 'cordoned':
      return vscode.l10n.t('cordoned')
    case 'notReady':
      return vscode.l10n.t('not ready')
    case 'emptied':
      return vscode.l10n.t('emptied before')
  }
}

/** Columns as wide as their content, in the editor's font, in which a Chinese character is as wide as two others. */
function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => columnsOf(row[column]!))))
  return rows.map((row) => row.map((cell, column) => fit(cell, widths[column]!)).join('   ').trimEnd())
}
