export { diagnose, OBSERVE_MS, type Diagnosis, type DiagnoseOptions } from './doctor/diagnose.ts'
export { compareFindings, type ElectionReference, type Finding, type FindingCode, type FindingEvidence, type Severity } from './doctor/finding.ts'
export type { ObservationProgress } from './doctor/observe-elections.ts'
