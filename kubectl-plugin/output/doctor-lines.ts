import type { Diagnosis, Finding, Severity } from '../../shared/actions/doctor.ts'
import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { commandLine } from '../../shared/remedy.ts'
import { adviceText, withAdvice } from './advice.ts'
import { colored } from './color.ts'
import { API_VERSION } from './election-json.ts'
import { wrapped } from './wrap.ts'

const COLORS: Readonly<Record<Severity, number>> = { error: 31, warning: 33, info: 36 }
const LONGEST = 2_000
const WIDTH = Math.max(...Object.keys(COLORS).map(({ length }) => length))
const INDENT = ' '.repeat(WIDTH + 2)

/** The text of `doctor`: each finding with its next step, what could not be checked, and a summary. */
export function* doctorLines(diagnosis: Diagnosis, stream: NodeJS.WriteStream, isColored: boolean): Generator<string> {
  for (const finding of diagnosis.findings) {
    const { severity, code, message, remedy } = finding
    const word = severity.padEnd(WIDTH)
    yield `${isColored ? colored(word, COLORS[severity]) : word}  ${electionText(finding)}${code}`
    yield wrapped(`${INDENT}${harmless(message, LONGEST)}`, stream)
    yield `${INDENT}${harmless(adviceText(remedy), LONGEST)}`
  }
  if (diagnosis.notChecked.length > 0) {
    yield 'Could not check:'
    for (const gap of diagnosis.notChecked) yield wrapped(`  ${harmless(withAdvice(gap), LONGEST)}`, stream)
  }
  yield summary(diagnosis)
}

function electionText({ election }: Finding): string {
  if (!election) return ''
  const type = election.lock === 'lease' ? '' : `${election.lock}/`
  return `${harmless(`${election.namespace}/${type}${election.name}`)}  `
}

function summary({ elections, observedForMs, findings }: Diagnosis): string {
  const many = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`
  const of = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length
  const counts = [
    [of('error'), 'error', 'errors'],
    [of('warning'), 'warning', 'warnings'],
    [of('info'), 'note', 'notes'],
  ] as const
  const found = counts.filter(([count]) => count > 0).map(([count, one, more]) => many(count, one, more))
  const seen = `${many(elections.length, 'election')} observed for ${durationText(Math.round(observedForMs / 1000) * 1000)}`
  return `${seen}: ${found.length === 0 ? 'no problems found' : found.join(', ')}.`
}

/** A diagnosis as machine output. Only JSON escapes are applied to text from the cluster. */
export function doctorJson({ elections, observedForMs, findings, notChecked }: Diagnosis): object {
  return {
    apiVersion: API_VERSION,
    kind: 'DoctorReport',
    elections: elections.length,
    observedForSeconds: Math.round(observedForMs) / 1000,
    findings: findings.map(({ code, severity, election, message, evidence, remedy }) => ({
      code,
      severity,
      namespace: election?.namespace ?? null,
      name: election?.name ?? null,
      lock: election?.lock ?? null,
      message,
      evidence,
      command: commandLine(remedy.command),
    })),
    notChecked: notChecked.map(withAdvice),
  }
}
