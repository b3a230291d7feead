import type { History } from '../../../shared/history/history.ts'
import {
  blockedText, clockTime, doubtTexts, endText, handWriteText, interruptionText, interventionText, leaderlessText, lengthText, overlapText, rangeText, shown, sourceText, startText, titleOf, writerText,
} from '../words.ts'
import { escape } from '../../output/escape.ts'
import { reportPage } from '../../output/report-page.ts'
import { TIMELINE_STYLE, timelineSvg } from './timeline-svg.ts'

/**
 * The report of a history: one HTML file, without scripts, fonts or anything else from elsewhere, for the screen (light and
 * dark) and for print.
 *
 * @param nowMs when it was made, by the wall clock.
 */
export function reportHtml(history: History, nowMs: number): string {
  const title = `History of ${titleOf(history)}`
  return reportPage({
    title,
    style: TIMELINE_STYLE,
    header: `<p class="dim">All times are in UTC. Made with kubectl leader history on ${clockTime(nowMs)}.</p>`,
    main: `<section>
<h2>Timeline</h2>
<p class="legend dim">${legend('lead', 'led')}${legend('perhaps', 'may have led')}${legend('none', 'no leader, at most')}${legend('block', 'blocked')}${legend('hand', 'write by another client')}</p>
<div class="scroll">${timelineSvg(history, 'inside')}</div>
</section>
<section>
<h2>Leaders</h2>
${leadersTable(history)}
</section>
${list('Perhaps two leaders', history.overlaps.map(overlapText))}
${list('No leader', history.leaderless.map(leaderlessText))}
${list('Blocked', history.blocked.map(blockedText))}
${handWritesTable(history)}
${list('Failovers and blocks, from Events', history.interventions.map(interventionText))}
${list('Writes of unknown contents', history.activity.map((run) => `${rangeText(run)}: ${writerText(run.writer)}, ${run.writes} writes, at most ${lengthText(run.longestSilenceMs)} apart`))}
${list('Not certain', doubtTexts(history))}
${list('Sources', history.sources.map((source, index) => sourceText(source, history.clocks[index])))}`,
  })
}

function legend(kind: string, text: string): string {
  return `<span><svg class="timeline" style="display: inline; width: 14px; height: 12px; margin-top: 0" viewBox="0 0 14 12" aria-hidden="true"><rect class="${kind}" width="14" height="12" rx="2"/></svg>${text}</span>`
}

function leadersTable({ terms, activity }: History): string {
  if (terms.length === 0) return `<p>${activity.length > 0 ? 'The log does not show who led.' : 'None seen.'}</p>`
  const rows = terms.map((term) => {
    const { holderIdentity, writer, leaseDurationMs, intervalMs } = term
    const details = [
      ...(writer ? [`written by ${writerText(writer)}`] : []),
      ...(leaseDurationMs === null ? [] : [`lease duration ${lengthText(leaseDurationMs)}`]),
      ...(intervalMs === null ? [] : [`renewed every ${lengthText(intervalMs)}`]),
    ]
    const notes = [endText(term), ...interruptionText(term)].map((text) => `<p>${prose(text)}</p>`).join('')
    return `<tr><td class="leader">${escape(shown(holderIdentity))}<p class="dim">${escape(details.join(', '))}</p></td><td>${prose(startText(term))}</td><td>${notes}</td></tr>`
  })
  return `<div class="scroll"><table><thead><tr><th>Leader</th><th>Began</th><th>Ended</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

function handWritesTable({ handWrites }: History): string {
  if (handWrites.length === 0) return ''
  const rows = handWrites.map((write) => `<tr><td class="time">${clockTime(write.fromMs)}</td><td>${prose(handWriteText(write))}</td></tr>`)
  return `<section><h2>Writes by other clients</h2><div class="scroll"><table><thead><tr><th>Time</th><th>Write</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div></section>`
}

/** A sentence whose times do not break between lines. */
function prose(text: string): string {
  return escape(text).replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z/g, '<time>$&</time>')
}

function list(heading: string, lines: readonly string[]): string {
  if (lines.length === 0) return ''
  return `<section><h2>${heading}</h2><ul>${lines.map((line) => `<li>${prose(line)}</li>`).join('\n')}</ul></section>`
}
