export { diagnose, type Diagnosis, type DiagnoseOptions } from './doctor/diagnose.ts'
export type { Finding, FindingCode, FindingEvidence, Severity } from './doctor/finding.ts'
export type { ObservationProgress } from './doctor/observe-elections.ts'
export { diagnosePast, type PastElection } from './doctor/past.ts'
