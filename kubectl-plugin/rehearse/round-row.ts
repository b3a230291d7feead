import type { RehearsalRequest, Round } from '../../shared/actions/rehearse/rehearsal.ts'
import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { abortionText } from '../failover/result-text.ts'
import { withAdvice } from '../output/advice.ts'

const LONGEST = 300

interface Column {
  readonly heading: string
  readonly width: number
  readonly cell: (round: Round) => string
}

/** Rows are printed one after the other, so the widths are fixed. */
function columnsOf({ check }: Pick<RehearsalRequest, 'check'>): readonly Column[] {
  return [
    { heading: 'ROUND', width: 5, cell: ({ number }) => String(number) },
    { heading: 'KIND', width: 10, cell: ({ kind }) => kind },
    { heading: 'WAITED', width: 6, cell: ({ waitedMs }) => (waitedMs < 1_000 ? '-' : durationText(waitedMs)) },
    { heading: 'NO LEADER FOR', width: 13, cell: ({ result }) => gapText(result?.leaderlessMs ?? null) },
    ...(check ? [{ heading: 'CHECK AFTER', width: 11, cell: ({ recoveredMs }: Round) => (recoveredMs === null ? '-' : durationText(recoveredMs)) }] : []),
    { heading: 'RESULT', width: 9, cell: resultText },
    { heading: 'NEW LEADER', width: 0, cell: newLeaderText },
  ]
}

/** The heading of the rounds' table. */
export function roundHeading(request: Pick<RehearsalRequest, 'check'>): string {
  return columnsOf(request).map(({ heading, width }) => heading.padEnd(width)).join('   ')
}

/** The row of a round, and a line for each of its failures. */
export function roundLines(round: Round, request: Pick<RehearsalRequest, 'check'>): readonly string[] {
  const row = columnsOf(request).map(({ cell, width }) => cell(round).padEnd(width)).join('   ')
  const { result, failures } = round
  const state = result?.abortion ? [`        ${abortionText(result.abortion, result)}`] : []
  return [row.trimEnd(), ...state, ...failures.map((failure) => `        Failed: ${harmless(withAdvice(failure), LONGEST * 2)}`)]
}

function gapText(ms: number | null): string {
  return ms === null ? '-' : `at most ${durationText(ms)}`
}

/** In one word. */
export function resultText({ result, failures }: Round): string {
  return failures.length > 0 ? 'failed' : (result?.outcome ?? 'canceled')
}

export function newLeaderText({ result }: Round): string {
  return harmless(result?.pod?.name ?? result?.to ?? '', LONGEST) || '-'
}
