import type { History } from '../../../shared/history/history.ts'
import type { Term } from '../../../shared/history/term.ts'
import type { TimeRange } from '../../../shared/history/time-range.ts'
import { cut } from '../../../shared/text-columns.ts'
import { blockedText, clockTime, endText, handWriteText, interruptionText, leaderlessText, overlapText, rangeText, shown, startText, titleOf } from '../words.ts'
import { escape } from '../../output/escape.ts'
import { ticks } from './time-axis.ts'

const WIDTH = 1000
const LABELS = 240
const RIGHT = 14
const ROW = 26
const TOP = 46
const BAR = 14

/** Colors come from the reader's settings; in print they are those of a light page. */
export const TIMELINE_STYLE = `
.timeline { --ink: #1f2328; --dim: #59636e; --grid: #d1d9e0; --lead: #1a7f37; --doubt: #9a6700; --none: #cf222e; --block: #8250df; --hand: #0969da; --page: #ffffff; font: 12px system-ui, sans-serif; }
.timeline text { fill: var(--ink); }
.timeline .dim { fill: var(--dim); }
.timeline .grid { stroke: var(--grid); }
.timeline .lead { fill: var(--lead); }
.timeline .perhaps { fill: url(#perhaps); stroke: var(--doubt); stroke-dasharray: 3 2; }
.timeline .stripe { stroke: var(--doubt); }
.timeline .none { fill: var(--none); fill-opacity: 0.75; }
.timeline .block { fill: var(--block); }
.timeline .unknown { fill: var(--dim); fill-opacity: 0.45; }
.timeline .hand { fill: var(--hand); stroke: var(--page); }
@media (prefers-color-scheme: dark) {
  .timeline { --ink: #f0f6fc; --dim: #9198a1; --grid: #3d444d; --lead: #3fb950; --doubt: #d29922; --none: #f85149; --block: #ab7df8; --hand: #4493f8; --page: #0d1117; }
}
@media print {
  .timeline { --ink: #000000; --dim: #444444; --grid: #bbbbbb; --lead: #1a7f37; --doubt: #7d4e00; --none: #a40e26; --block: #6639ba; --hand: #0550ae; --page: #ffffff; }
}`

interface Row {
  readonly label: string
  readonly marks: string
}

/**
 * Draws a history as one SVG image, without scripts or anything from elsewhere.
 *
 * @param where `alone`: a file of its own, with its style and background; `inside`: part of a page that has the style.
 */
export function timelineSvg(history: History, where: 'alone' | 'inside'): string {
  const span = spanOf(history)
  const x = (ms: number): number => LABELS + ((Math.min(Math.max(ms, span.fromMs), span.toMs) - span.fromMs) / (span.toMs - span.fromMs)) * (WIDTH - LABELS - RIGHT)
  const rows = rowsOf(history, x, span.toMs)
  const height = TOP + rows.length * ROW + 12
  const axis = ticks(span.fromMs, span.toMs, 9).map(({ atMs, text }) => {
    const at = x(atMs).toFixed(1)
    return `<line class="grid" x1="${at}" x2="${at}" y1="${TOP - 12}" y2="${height - 8}"/><text class="dim" x="${at}" y="${TOP - 17}" text-anchor="middle">${text}</text>`
  })
  const drawn = rows.map(({ label, marks }, index) => {
    const y = TOP + index * ROW
    return `<g transform="translate(0 ${y})"><text x="8" y="12">${escape(cut(label, 34))}<title>${escape(label)}</title></text>${marks}</g>`
  })
  const title = escape(`History of ${titleOf(history)}`)
  const caption = `${clockTime(span.fromMs)} to ${clockTime(span.toMs)} (UTC)`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="timeline" viewBox="0 0 ${WIDTH} ${height}"${where === 'alone' ? ` width="${WIDTH}" height="${height}"` : ''} role="img" aria-labelledby="timeline-title">`,
    `<title id="timeline-title">${title}</title>`,
    ...(where === 'alone' ? [`<style>${TIMELINE_STYLE}</style>`, `<rect width="${WIDTH}" height="${height}" style="fill: var(--page)"/>`] : []),
    '<defs><pattern id="perhaps" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="stripe" x1="0" x2="0" y1="0" y2="6" stroke-width="3"/></pattern></defs>',
    `<text x="8" y="14" font-weight="600">${where === 'alone' ? title : ''}</text>`,
    `<text class="dim" x="${WIDTH - RIGHT}" y="14" text-anchor="end">${caption}</text>`,
    ...axis,
    ...drawn,
    '</svg>',
  ].join('\n')
}

/** What the drawing spans: all that has a known time, and a little more on both sides. */
function spanOf({ terms, handWrites, activity, missing, covers }: History): { readonly fromMs: number; readonly toMs: number } {
  const ranges: TimeRange[] = [...handWrites, ...activity, ...missing, ...terms.flatMap(({ start, lastSuccess, end }) => [start, lastSuccess, ...(end ? [end] : [])])]
  const times = ranges.flatMap(({ fromMs, toMs }) => [fromMs, toMs ?? fromMs]).filter(Number.isFinite)
  if (times.length === 0) times.push(covers?.fromMs ?? 0, covers?.toMs ?? 1)
  const fromMs = times.reduce((a, b) => Math.min(a, b))
  const toMs = times.reduce((a, b) => Math.max(a, b))
  const marginMs = Math.max((toMs - fromMs) * 0.02, 500)
  return { fromMs: fromMs - marginMs, toMs: toMs + marginMs }
}

function rowsOf(history: History, x: (ms: number) => number, endMs: number): Row[] {
  const bar = (kind: string, fromMs: number, toMs: number, text: string): string => {
    const left = x(fromMs)
    const width = Math.max(x(toMs) - left, 1.5)
    return `<rect class="${kind}" x="${left.toFixed(1)}" width="${width.toFixed(1)}" height="${BAR}" rx="2"><title>${escape(text)}</title></rect>`
  }
  const byHolder = new Map<string, string[]>()
  for (const term of history.terms) {
    const marks = byHolder.get(term.holderIdentity) ?? []
    byHolder.set(term.holderIdentity, marks)
    marks.push(...termMarks(term, bar, endMs))
  }
  const rows: Row[] = [...byHolder].map(([holder, marks]) => ({ label: shown(holder), marks: marks.join('') }))
  const add = (label: string, marks: readonly string[]): void => {
    if (marks.length > 0) rows.push({ label, marks: marks.join('') })
  }
  add('No leader, at most', history.leaderless.map((time) => bar('none', time.fromMs, time.toMs ?? endMs, `No leader ${leaderlessText(time)}`)))
  add('Perhaps two leaders', history.overlaps.map((time) => bar('perhaps', time.fromMs, time.toMs ?? endMs, overlapText(time))))
  add('Blocked', history.blocked.map((time) => bar('block', time.fromMs, time.toMs ?? endMs, blockedText(time))))
  const writers = new Map<string, string[]>()
  for (const run of history.activity) {
    const label = `Writes by ${shown(run.writer.podName ?? run.writer.user)}`
    writers.set(label, [...(writers.get(label) ?? []), bar('unknown', run.fromMs, run.toMs!, `${run.writes} writes, contents unknown: ${rangeText(run)}`)])
  }
  for (const [label, marks] of writers) add(label, marks)
  add('Writes by other clients', history.handWrites.map((write) => diamond(x(write.fromMs), `${clockTime(write.fromMs)} ${handWriteText(write)}`)))
  add('Missing in the logs', history.missing.map((time) => bar('unknown', time.fromMs, time.toMs!, rangeText(time))))
  return rows
}

function termMarks(term: Term, bar: (kind: string, fromMs: number, toMs: number, text: string) => string, endMs: number): string[] {
  const { start, end, interruptions } = term
  const text = [startText(term), ...interruptionText(term), endText(term)].join('. ')
  const certainToMs = end?.fromMs ?? endMs
  const perhapsToMs = end?.how === 'released' ? certainToMs : (end ? (end.toMs ?? endMs) : endMs)
  return [
    ...(Number.isFinite(start.fromMs) && start.how === 'unseen' ? [bar('perhaps', start.fromMs, start.toMs!, text)] : []),
    bar('lead', start.toMs!, certainToMs, text),
    ...(perhapsToMs > certainToMs ? [bar('perhaps', certainToMs, perhapsToMs, text)] : []),
    ...interruptions.map(({ fromMs, toMs }) => bar('perhaps', fromMs, toMs!, text)),
  ]
}

function diamond(at: number, text: string): string {
  const y = BAR / 2
  return `<path class="hand" d="M${(at - 6).toFixed(1)} ${y}l6 -6l6 6l-6 6z"><title>${escape(text)}</title></path>`
}
