import { leaderLostIn, type RehearsalReport, type Spread } from '../../shared/actions/rehearse/rehearsal.ts'
import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { placeText } from '../../shared/lease/election-ref.ts'
import { withAdvice } from '../output/advice.ts'
import { API_VERSION } from '../output/election-json.ts'
import { tableLines, type Column } from '../output/table.ts'
import { escape } from '../output/escape.ts'

const STYLE = { width: null, hasHeadings: true, isColored: false } as const

/** The report as text, without the rounds. */
export function reportLines(report: RehearsalReport): readonly string[] {
  const { gaps, recoveries } = report
  return [
    ...(gaps.length === 0 ? [] : ['', 'Time without a leader, at most:', ...spreadLines(gaps)]),
    ...(recoveries.length === 0 ? [] : ['', 'Time until the check succeeded:', ...spreadLines(recoveries)]),
    '',
    candidatesText(report),
    oldLeaderText(report),
    `${verdictText(report)}.`,
  ]
}

function spreadLines(spreads: readonly Spread[]): Iterable<string> {
  const columns: readonly Column<Spread>[] = [
    { heading: 'KIND', cell: ({ kind }) => kind },
    { heading: 'ROUNDS', cell: ({ rounds }) => String(rounds) },
    { heading: 'MEDIAN', cell: ({ medianMs }) => durationText(medianMs) },
    { heading: 'P95', cell: ({ p95Ms }) => durationText(p95Ms) },
    { heading: 'LONGEST', cell: ({ longestMs }) => durationText(longestMs) },
  ]
  return tableLines(columns, spreads, STYLE)
}

/** Whether all candidates came back, and how long that took. */
export function candidatesText({ candidatesAtFirst, rounds }: RehearsalReport): string {
  if (candidatesAtFirst === 0) return 'It was not checked whether candidates come back, because their Pods are not known.'
  if (rounds.some(({ failures }) => failures.some(({ code }) => code === 'candidateMissing'))) return 'Not all candidates came back.'
  const waitedMs = rounds.reduce((sum, round) => sum + round.waitedMs, 0)
  const waited = waitedMs < 1_000 ? '' : ` The rounds waited ${durationText(waitedMs)} in total for Ready candidates. This includes restart back-off, and is not part of the time without a leader.`
  return `${candidatesAtFirst} ${candidatesAtFirst === 1 ? 'candidate was' : 'candidates were'} Ready before each round.${waited}`
}

/** Whether an old leader acted after it lost the lease, and from what that is known. */
export function oldLeaderText({ oldLeaderActed, judgedBy, rounds }: RehearsalReport): string {
  const by = judgedBy.map((each) => (each === 'check' ? 'the check' : 'the audit log, for the lease only')).join(' and ')
  const answer = oldLeaderActed === 'not judged' ? `not judged. ${whyNotJudged(rounds)}` : `${oldLeaderActed}${by === '' ? '' : ` (judged by ${by})`}`
  return `Whether an old leader acted after it lost the lease: ${answer}.`
}

function whyNotJudged(rounds: RehearsalReport['rounds']): string {
  const codes = rounds.flatMap(({ failures }) => failures.map(({ code }) => code))
  if (!rounds.some(leaderLostIn)) return 'No leader lost the lease'
  if (codes.includes('checkNotRecovered')) return 'The check did not succeed after a leader lost the lease'
  if (codes.includes('auditIncomplete')) return 'The audit log does not show the writes after a leader lost the lease'
  return 'Pass --check or --audit'
}

/** The verdict in a few words. */
export function verdictText({ isPassed, isInterrupted, rounds, requested, tookMs, place }: RehearsalReport): string {
  const what = `${requested.rounds} ${requested.rounds === 1 ? 'round' : 'rounds'} of the ${harmless(placeText(place))}`
  if (isPassed) return `Passed: ${what}, in ${durationText(tookMs)}`
  if (isInterrupted) return `Interrupted: ${rounds.length} of ${what} began`
  const failed = rounds.filter(({ failures }) => failures.length > 0).length
  return `Failed: ${failed} of ${what}${rounds.length < requested.rounds ? `. It stopped in round ${rounds.length}` : ''}`
}

/** The report for programs. */
export function reportJson({ place, rounds, ...report }: RehearsalReport): object {
  const plain = rounds.map((round) => ({ ...round, failures: round.failures.map(({ code, message }) => ({ code, message })) }))
  return { apiVersion: API_VERSION, kind: 'RehearsalReport', ...place, ...report, rounds: plain }
}

/** The report as JUnit XML: a test case for each round. Rounds that did not run are skipped ones. */
export function reportJunit({ place, rounds, requested, startedAt, tookMs, isInterrupted }: RehearsalReport): string {
  const name = `rehearse ${place.namespace}/${place.name}`
  const failed = rounds.filter(({ failures }) => failures.length > 0).length
  const testcase = (number: number, kind: string, ms: number, content: string): string =>
    `  <testcase classname="${xml(name)}" name="round ${number}: ${kind}" time="${seconds(ms)}">\n${content}  </testcase>\n`
  const cases = rounds.map(({ number, kind, result, failures }) =>
    testcase(number, kind, result?.tookMs ?? 0, failures.map((failure) => `    <failure type="${xml(failure.code)}" message="${xml(withAdvice(failure))}"/>\n`).join('')),
  )
  const why = isInterrupted ? 'interrupted' : `stopped in round ${rounds.length}`
  const others = Array.from({ length: requested.rounds - rounds.length }, (_, index) => {
    const number = rounds.length + index + 1
    return testcase(number, requested.kinds[(number - 1) % requested.kinds.length]!, 0, `    <skipped message="${why}"/>\n`)
  })
  const counts = `tests="${requested.rounds}" failures="${failed}" errors="0" skipped="${others.length}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="${xml(name)}" ${counts} time="${seconds(tookMs)}" timestamp="${startedAt.slice(0, 19)}">\n${[...cases, ...others].join('')}</testsuite>\n`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

/** XML 1.0 allows no control characters but these three, not even escaped. */
function xml(text: string): string {
  return escape(harmless(text, 1_000))
}
