import type { History } from '../../../shared/history/history.ts'
import {
  clockTime, doubtTexts, endText, handWriteText, interruptionText, leaderlessText, lengthText, overlapText, rangeText, shown, sourceText, startText, titleOf, writerText,
} from '../words.ts'
import { escape } from './escape.ts'
import { TIMELINE_STYLE, timelineSvg } from './timeline-svg.ts'

const STYLE = `
:root { color-scheme: light dark; --page: #ffffff; --ink: #1f2328; --dim: #59636e; --line: #d1d9e0; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --ink: #f0f6fc; --dim: #9198a1; --line: #3d444d; } }
@media print { :root { color-scheme: light; --page: #ffffff; --ink: #000000; --dim: #444444; --line: #bbbbbb; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 0.25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 0.5rem; }
p { margin: 0.25rem 0; }
.dim { color: var(--dim); }
.legend span { margin-right: 1.25rem; white-space: nowrap; }
.legend svg { vertical-align: -2px; margin-right: 0.3rem; }
.timeline { display: block; width: 100%; height: auto; margin-top: 0.5rem; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th, td { border-bottom: 1px solid var(--line); padding: 0.4rem 0.6rem 0.4rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; white-space: nowrap; }
td.leader { width: 32%; }
td p:first-child { margin-top: 0; }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
ul { margin: 0.25rem 0; padding-left: 1.25rem; }
li { overflow-wrap: anywhere; }
tr, li { break-inside: avoid; }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; } table { font-size: 9.5pt; } h2 { break-after: avoid; } .scroll { overflow: visible; } * { print-color-adjust: exact; } }`

/**
 * The report of a history: one HTML file, without scripts, fonts or anything else from elsewhere, for the screen (light and
 * dark) and for print.
 *
 * @param nowMs when it was made, by the wall clock.
 */
export function reportHtml(history: History, nowMs: number): string {
  const title = `History of ${titleOf(history)}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(title)}</title>
<style>${STYLE}${TIMELINE_STYLE}</style>
</head>
<body>
<header>
<h1>${escape(title)}</h1>
<p class="dim">All times are in UTC. Made with kubectl leader history on ${clockTime(nowMs)}.</p>
</header>
<main>
<section>
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
${list('Blocked by a failover', history.blocked.map(rangeText))}
${handWritesTable(history)}
${list('Writes of unknown contents', history.activity.map((run) => `${rangeText(run)}: ${writerText(run.writer)}, ${run.writes} writes, at most ${lengthText(run.longestSilenceMs)} apart`))}
${list('Not certain', doubtTexts(history))}
${list('Sources', history.sources.map((source, index) => sourceText(source, history.clocks[index])))}
</main>
</body>
</html>`
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
    const notes = [endText(term), ...interruptionText(term)].map((text) => `<p>${escape(text)}</p>`).join('')
    return `<tr><td class="leader">${escape(shown(holderIdentity))}<p class="dim">${escape(details.join(', '))}</p></td><td>${escape(startText(term))}</td><td>${notes}</td></tr>`
  })
  return `<div class="scroll"><table><thead><tr><th>Leader</th><th>Began</th><th>Ended</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

function handWritesTable({ handWrites }: History): string {
  if (handWrites.length === 0) return ''
  const rows = handWrites.map((write) => `<tr><td class="time">${clockTime(write.fromMs)}</td><td>${escape(handWriteText(write))}</td></tr>`)
  return `<section><h2>Writes by other clients</h2><div class="scroll"><table><thead><tr><th>Time</th><th>Write</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div></section>`
}

function list(heading: string, lines: readonly string[]): string {
  if (lines.length === 0) return ''
  return `<section><h2>${heading}</h2><ul>${lines.map((line) => `<li>${escape(line)}</li>`).join('\n')}</ul></section>`
}
