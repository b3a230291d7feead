import { appendFileSync, readFileSync } from 'node:fs'

/** What became of one test. */
export interface TestResult {
  readonly type: 'test'
  /** Titles of what it is in, the outermost first. */
  readonly suites: readonly string[]
  readonly title: string
  readonly durationMs: number
  /** Null for one that passed; else the error with its stack. */
  readonly failure: string | null
}

/** All tests have run. */
export interface SuiteEnd {
  readonly type: 'end'
  readonly total: number
}

/** One line of JSON each, so that whatever ends the extension host, what was told before is known. */
export type ReportLine = TestResult | SuiteEnd

export function writeReport(file: string, line: ReportLine): void {
  appendFileSync(file, `${JSON.stringify(line)}\n`)
}

export function readReport(file: string): ReportLine[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ReportLine)
}
