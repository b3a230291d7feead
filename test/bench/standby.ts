import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRealCluster } from '../support/real-cluster.ts'
import { Candidate, pause, type CandidateProgram } from './election-candidate.ts'
import type { Row } from './table.ts'

const SETTLE_MS = 10_000
const USERS = ['leader', 'watching', 'polling', 'theirs'] as const

/** Logs only the requests of the standbys. */
const AUDIT_POLICY = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  users: [watching, polling, theirs]
- level: None
`

/**
 * The requests of standbys while a client-go candidate leads, 15/10/2 s, counted by the API server: kubectl-leader
 * standbys with and without permission to watch, and a client-go standby.
 */
export async function benchStandby(programs: { ours: CandidateProgram; theirs: CandidateProgram }, seconds: number): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-bench-'))
  const auditLog = join(folder, 'audit.log')
  const policy = join(folder, 'policy.yaml')
  writeFileSync(policy, AUDIT_POLICY)
  try {
    const apiServerFlags = [`--audit-policy-file=${policy}`, `--audit-log-path=${auditLog}`]
    await using cluster = await startRealCluster({ users: USERS, apiServerFlags })
    for (const user of USERS) {
      const verbs = user === 'watching' ? 'get,create,update,watch' : 'get,create,update'
      await cluster.kubectl(['create', 'role', user, `--verb=${verbs}`, '--resource=leases.coordination.k8s.io'])
      await cluster.kubectl(['create', 'rolebinding', user, `--role=${user}`, `--user=${user}`])
    }
    const stand = (user: (typeof USERS)[number], program: CandidateProgram): Candidate =>
      new Candidate(program, [`--kubeconfig=${cluster.kubeconfigFor(user)}`, '--name=idle', `--id=${user}`])
    await using leader = stand('leader', programs.theirs)
    await leader.told('started-leading')
    await using watching = stand('watching', programs.ours)
    await using polling = stand('polling', programs.ours)
    await using theirs = stand('theirs', programs.theirs)
    for (const standby of [watching, polling, theirs]) await standby.told('new-leader')
    await pause(SETTLE_MS)
    const fromMs = Date.now()
    await pause(seconds * 1000)
    const untilMs = Date.now()
    const perMinute = (user: string): number => (requestsOf(user, auditLog, fromMs, untilMs) / (untilMs - fromMs)) * 60_000
    const peer = { theirs: perMinute('theirs'), peer: 'client-go' }
    return [
      { name: `idle standby over ${seconds}s, watching`, unit: 'requests/min', ours: perMinute('watching'), ...peer },
      { name: `idle standby over ${seconds}s, polling`, unit: 'requests/min', ours: perMinute('polling'), ...peer },
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

interface AuditEvent {
  readonly auditID: string
  readonly requestReceivedTimestamp: string
  readonly user: { readonly username: string }
}

function requestsOf(user: string, auditLog: string, fromMs: number, untilMs: number): number {
  const requests = new Set<string>()
  for (const line of readFileSync(auditLog, 'utf8').split('\n').filter(Boolean)) {
    const event = JSON.parse(line) as AuditEvent
    const atMs = Date.parse(event.requestReceivedTimestamp)
    // A watch is told of when it begins and when it ends.
    if (event.user.username === user && atMs >= fromMs && atMs < untilMs) requests.add(event.auditID)
  }
  return requests.size
}
