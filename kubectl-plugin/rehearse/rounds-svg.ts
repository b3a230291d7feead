import type { RehearsalReport } from '../../shared/actions/rehearse/rehearsal.ts'
import { durationText } from '../../shared/duration.ts'
import { escape } from '../output/escape.ts'

const WIDTH = 1000
const LEFT = 130
const RIGHT = 90
const ROW = 24
const BAR = 7
const TOP = 28
const MOST_TICKS = 8
const STEPS_MS = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000]

/** Colors come from the reader's settings; in print they are those of a light page. */
export const ROUNDS_STYLE = `
:root { --lead: #1a7f37; --none: #cf222e; --doubt: #9a6700; --check: #0969da; }
@media (prefers-color-scheme: dark) { :root { --lead: #3fb950; --none: #f85149; --doubt: #d29922; --check: #4493f8; } }
@media print { :root { --lead: #1a7f37; --none: #a40e26; --doubt: #7d4e00; --check: #0550ae; } }
.rounds { display: block; width: 100%; height: auto; margin: 0.5rem 0 1rem; font: 12px system-ui, sans-serif; }
.rounds text { fill: var(--ink); }
.rounds .dim { fill: var(--dim); }
.rounds .grid { stroke: var(--line); }
.rounds .none { fill: var(--none); fill-opacity: 0.8; }
.rounds .check { fill: var(--check); }
.rounds .limit { stroke: var(--ink); stroke-dasharray: 4 3; }`

/** The times of each round as bars, with the limit. */
export function roundsSvg({ rounds, requested: { maxGapMs }, recoveries }: RehearsalReport): string {
  const times = rounds.flatMap(({ result, recoveredMs }) => [result?.leaderlessMs ?? 0, recoveredMs ?? 0])
  const longestMs = Math.max(1_000, maxGapMs ?? 0, ...times) * 1.02
  const x = (ms: number): number => LEFT + (ms / longestMs) * (WIDTH - LEFT - RIGHT)
  const height = TOP + rounds.length * ROW + 30
  const bottom = height - 30
  const stepMs = STEPS_MS.find((step) => longestMs / step <= MOST_TICKS) ?? longestMs / MOST_TICKS
  const axis = Array.from({ length: Math.floor(longestMs / stepMs) + 1 }, (_, index) => {
    const at = x(index * stepMs).toFixed(1)
    return `<line class="grid" x1="${at}" x2="${at}" y1="${TOP - 8}" y2="${bottom}"/><text class="dim" x="${at}" y="${TOP - 13}" text-anchor="middle">${durationText(index * stepMs)}</text>`
  })
  const bar = (kind: string, ms: number | null | undefined, y: number): string => {
    if (ms === null || ms === undefined) return ''
    return `<rect class="${kind}" x="${LEFT}" y="${y}" width="${Math.max(x(ms) - LEFT, 1.5).toFixed(1)}" height="${BAR}" rx="2"/>`
  }
  const drawn = rounds.map(({ number, kind, result, recoveredMs, failures }, index) => {
    const y = TOP + index * ROW
    const label = `${number}: ${kind}`
    const end = x(Math.max(result?.leaderlessMs ?? 0, recoveredMs ?? 0)) + 6
    const mark = failures.length === 0 ? '' : `<text x="${end.toFixed(1)}" y="${y + 12}">failed</text>`
    return `<g><text x="8" y="${y + 12}">${escape(label)}</text>${bar('none', result?.leaderlessMs, y + 1)}${bar('check', recoveredMs, y + 2 + BAR)}${mark}</g>`
  })
  const limit = maxGapMs === null ? '' : `<line class="limit" x1="${x(maxGapMs).toFixed(1)}" x2="${x(maxGapMs).toFixed(1)}" y1="${TOP - 8}" y2="${bottom}"/>`
  const legend = [
    '<rect class="none" x="130" width="14" height="10" rx="2"/><text x="150" y="9">no leader, at most</text>',
    ...(recoveries.length === 0 ? [] : ['<rect class="check" x="290" width="14" height="10" rx="2"/><text x="310" y="9">until the check succeeded</text>']),
    ...(maxGapMs === null ? [] : [`<line class="limit" x1="480" x2="494" y1="5" y2="5"/><text x="500" y="9">limit: ${durationText(maxGapMs)}</text>`]),
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="rounds" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Time without a leader of each round">`,
    ...axis,
    ...drawn,
    limit,
    `<g transform="translate(0 ${height - 18})">${legend.join('')}</g>`,
    '</svg>',
  ].join('\n')
}
