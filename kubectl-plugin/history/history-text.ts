import type { History } from '../../shared/history/history.ts'
import { colored } from '../output/color.ts'
import {
  blockedText, clockTime, doubtTexts, endText, handWriteText, interruptionText, interventionText, leaderlessText, lengthText, overlapText, rangeText, shown, sourceText, startText, titleOf, writerText,
} from './words.ts'

/** The lines of a history for a terminal. */
export function* historyLines(history: History, isColored: boolean): Generator<string> {
  const heading = (text: string): string => (isColored ? colored(text, 1) : text)
  yield `History of ${titleOf(history)}. All times are in UTC.`

  yield ''
  yield heading('Leaders')
  if (history.terms.length === 0) yield history.activity.length > 0 ? '  The log does not show who led.' : '  None seen.'
  for (const term of history.terms) {
    const details = [
      ...(term.writer ? [`written by ${writerText(term.writer)}`] : []),
      ...(term.leaseDurationMs === null ? [] : [`lease duration ${lengthText(term.leaseDurationMs)}`]),
      ...(term.intervalMs === null ? [] : [`renewed every ${lengthText(term.intervalMs)}`]),
    ]
    const name = shown(term.holderIdentity)
    yield `  ${isColored ? colored(name, 32) : name}`
    yield `    ${startText(term)}`
    for (const text of interruptionText(term)) yield `    ${text}`
    yield `    ${endText(term)}`
    if (details.length > 0) yield `    ${details.join(', ')}`
  }
  yield* section(heading('Perhaps two leaders'), history.overlaps.map(overlapText))
  yield* section(heading('No leader'), history.leaderless.map(leaderlessText))
  yield* section(heading('Blocked'), history.blocked.map(blockedText))
  yield* section(
    heading('Writes by other clients'),
    history.handWrites.map((write) => `${clockTime(write.fromMs)}  ${handWriteText(write)}`),
  )
  yield* section(
    heading('Failovers and blocks, from Events'),
    history.interventions.map(interventionText),
  )
  yield* section(
    heading('Writes of unknown contents'),
    history.activity.map((run) => `${rangeText(run)}  ${writerText(run.writer)}, ${run.writes} writes, at most ${lengthText(run.longestSilenceMs)} apart`),
  )
  yield* section(heading('Not certain'), doubtTexts(history))
  yield* section(heading('Sources'), history.sources.map((source, index) => sourceText(source, history.clocks[index])))
}

function* section(heading: string, lines: readonly string[]): Generator<string> {
  if (lines.length === 0) return
  yield ''
  yield heading
  for (const line of lines) yield `  ${line}`
}
