import type { RehearsalReport, Round } from '../../shared/actions/rehearse/rehearsal.ts'
import { durationText } from '../../shared/duration.ts'
import { harmless, placeText } from '../../shared/lease/index.ts'
import { API_VERSION } from '../output/election-json.ts'
import { tableLines, type Column } from '../output/table.ts'

const LONGEST = 300
const STYLE = { width: null, hasHeadings: true, isColored: false } as const

/** One round in a line. */
export function roundLine({ number, kind, result, recoveredMs, failures }: Round): string {
  const gap = result?.leaderlessMs ?? null
  const parts = [
    result === null ? 'did not run' : `${result.outcome}${result.to === '' ? '' : ` to ${harmless(result.pod?.name ?? result.to, LONGEST)}`}`,
    ...(gap === null ? [] : [`no leader for at most ${durationText(gap)}`]),
    ...(recoveredMs === null ? [] : [`check succeeded after ${durationText(recoveredMs)}`]),
  ]
  const wrong = failures.map(({ message }) => `\n    failed: ${harmless(message, LONGEST)}`).join('')
  return `Round ${number} (${kind}): ${parts.join(', ')}${wrong}`
}

/** The report as text. */
export function reportLines({ gaps, rounds, oldLeaderActed, candidatesAtFirst, isPassed, place }: RehearsalReport): readonly string[] {
  const columns: readonly Column<(typeof gaps)[number]>[] = [
    { heading: 'KIND', cell: ({ kind }) => kind },
    { heading: 'ROUNDS', cell: (gap) => String(gap.rounds) },
    { heading: 'MEDIAN', cell: ({ medianMs }) => durationText(medianMs) },
    { heading: 'P95', cell: ({ p95Ms }) => durationText(p95Ms) },
    { heading: 'LONGEST', cell: ({ longestMs }) => durationText(longestMs) },
  ]
  const waitedMs = rounds.reduce((sum, round) => sum + round.waitedMs, 0)
  return [
    ...(gaps.length === 0 ? [] : ['Time without a leader, at most:', ...tableLines(columns, gaps, STYLE)]),
    candidatesAtFirst === 0
      ? 'Whether candidates come back: not judged, because their Pods are not known.'
      : `Waited ${durationText(waitedMs)} in all until ${candidatesAtFirst} candidates were Ready again (restart back-off included; no part of the time without a leader).`,
    `Whether an old leader acted after its loss: ${oldLeaderActed}${oldLeaderActed === 'not judged' ? ' (pass --check)' : ''}.`,
    `${isPassed ? 'Passed' : 'Failed'}: ${rounds.length} rounds of the ${harmless(placeText(place))}.`,
  ]
}

/** The report for programs. */
export function reportJson({ place, ...report }: RehearsalReport): object {
  return { apiVersion: API_VERSION, kind: 'RehearsalReport', ...place, ...report }
}

/** The report as JUnit XML: a test case for each round. */
export function reportJunit({ place, rounds }: RehearsalReport): string {
  const name = `rehearse ${place.namespace}/${place.name}`
  const failed = rounds.filter(({ failures }) => failures.length > 0).length
  const cases = rounds.map((round) => {
    const seconds = ((round.result?.tookMs ?? 0) / 1000).toFixed(3)
    const failures = round.failures.map(({ code, message }) => `    <failure type="${xml(code)}" message="${xml(message)}"/>\n`).join('')
    return `  <testcase classname="${xml(name)}" name="round ${round.number}: ${round.kind}" time="${seconds}">\n${failures}  </testcase>\n`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="${xml(name)}" tests="${rounds.length}" failures="${failed}">\n${cases.join('')}</testsuite>\n`
}

/** XML 1.0 allows no control characters but these three, not even escaped. */
function xml(text: string): string {
  return harmless(text, 1_000).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
