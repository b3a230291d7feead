import type { Failure, RehearsalReport, Round, Spread } from '../../shared/actions/rehearse/rehearsal.ts'
import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { placeText } from '../../shared/lease/election-ref.ts'
import { abortionText } from '../failover/result-text.ts'
import { escape } from '../output/escape.ts'
import { withAdvice } from '../output/advice.ts'
import { reportPage } from '../output/report-page.ts'
import { candidatesText, oldLeaderText, verdictText } from './report.ts'
import { newLeaderText, resultText } from './round-row.ts'
import { ROUNDS_STYLE, roundsSvg } from './rounds-svg.ts'

const STYLE = `
.verdict { font-weight: 600; font-size: 1.1rem; margin: 0.75rem 0; padding: 0.5rem 0.75rem; border-left: 5px solid; overflow-wrap: anywhere; }
.verdict.passed { border-color: var(--lead); }
.verdict.failed { border-color: var(--none); }
.verdict.interrupted { border-color: var(--doubt); }
.bad { color: var(--none); font-weight: 600; }
td.kind { white-space: nowrap; }
td.result { min-width: 14rem; }
.wide { min-width: 40rem; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; padding-right: 1rem; }
th.number { text-align: right; padding-right: 1rem; }`

/**
 * The report of a rehearsal: one HTML file, without scripts, fonts or anything else from elsewhere, for the screen (light and
 * dark) and for print.
 *
 * @param context where the election is, for people
 */
export function reportHtml(report: RehearsalReport, context: string): string {
  const { place, requested, startedAt, rounds, gaps, recoveries, judgedBy } = report
  const title = `Rehearsal of the ${shown(placeText(place))}`
  const limit = requested.maxGapMs === null ? '' : `, limit ${durationText(requested.maxGapMs)}`
  const facts = `${requested.rounds} rounds (${requested.kinds.join(', ')}${limit}) in context ${shown(context)}, begun at ${startedAt.slice(0, 19).replace('T', ' ')} UTC.`
  return reportPage({
    title,
    style: `${ROUNDS_STYLE}${STYLE}`,
    header: `<p class="dim">${escape(facts)} Made with kubectl leader rehearse.</p>
<p class="verdict ${verdictClass(report)}">${escape(verdictText(report))}</p>
<ul><li>${escape(oldLeaderText(report))}</li><li>${escape(candidatesText(report))}</li></ul>`,
    main: `${spreads('Time without a leader, at most', gaps)}
${spreads('Time until the check succeeded', recoveries)}
${rounds.length === 0 ? '' : `<section>\n<h2>Rounds</h2>\n<div class="scroll"><div class="wide">${roundsSvg(report)}</div></div>\n${roundsTable(rounds, judgedBy.includes('check'))}\n</section>`}`,
  })
}

function verdictClass({ isPassed, isInterrupted }: RehearsalReport): string {
  return isPassed ? 'passed' : isInterrupted ? 'interrupted' : 'failed'
}

function spreads(heading: string, all: readonly Spread[]): string {
  if (all.length === 0) return ''
  const rows = all.map(({ kind, rounds, ...times }) => {
    const cells = [String(rounds), durationText(times.medianMs), durationText(times.p95Ms), durationText(times.longestMs)]
    return `<tr><td class="kind">${kind}</td>${cells.map((cell) => `<td class="number">${cell}</td>`).join('')}</tr>`
  })
  const headings = ['Rounds', 'Median', 'P95', 'Longest'].map((text) => `<th class="number">${text}</th>`).join('')
  return `<section><h2>${heading}</h2><div class="scroll"><table><thead><tr><th>Kind</th>${headings}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div></section>`
}

function roundsTable(rounds: readonly Round[], hasCheck: boolean): string {
  const headings = ['Round', 'Kind', 'New leader', 'Result']
  const numbers = ['Waited', 'No leader', ...(hasCheck ? ['Check after'] : [])]
  const rows = rounds.map((round) => {
    const { number, kind, waitedMs, result, recoveredMs, failures } = round
    const isBad = failures.length > 0
    const times = [waitedMs < 1_000 ? null : waitedMs, result?.leaderlessMs ?? null, ...(hasCheck ? [recoveredMs] : [])]
    const notes = [...(result?.abortion ? [escape(abortionText(result.abortion, result))] : []), ...failures.map(failureText)]
    return (
      `<tr><td>${number}</td><td class="kind">${kind}</td><td>${escape(newLeaderText(round))}</td>` +
      `<td class="result"><span${isBad ? ' class="bad"' : ''}>${resultText(round)}</span>${notes.map((note) => `<p>${note}</p>`).join('')}</td>` +
      `${times.map((ms) => `<td class="number">${ms === null ? '-' : durationText(ms)}</td>`).join('')}</tr>`
    )
  })
  const head = `${headings.map((text) => `<th>${text}</th>`).join('')}${numbers.map((text) => `<th class="number">${text}</th>`).join('')}`
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

function failureText(failure: Failure): string {
  return escape(harmless(withAdvice(failure), 1_000))
}

function shown(text: string): string {
  return harmless(text, 300)
}
