import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { pause } from './election-candidate.ts'
import { cpuMsOf, peakMbOf } from './process.ts'
import type { Row } from './table.ts'

const CLI = fileURLToPath(new URL('../../dist/kubectl-leader.cjs', import.meta.url))
const SETTLE_MS = 10_000

/**
 * The full-screen `watch -A`, in a pseudo-terminal of 140 × 45, while client-go candidates renew: what it uses, and how
 * often it draws. (`kubectl get leases -A --watch` is no peer: at this rate the server ends its watch.)
 */
export async function benchWatch(
  tools: { readonly client: ApiClient; readonly candidate: string; readonly kubeconfig: string },
  load: { readonly leases: number; readonly elections: number; readonly seconds: number },
): Promise<Row[]> {
  const { client, candidate, kubeconfig } = tools
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-bench-'))
  const candidates = spawn(candidate, ['-kubeconfig', kubeconfig, '-namespace', 'bench-0', '-name', 'live', '-id', 'bench', '-count', String(load.elections)], {
    stdio: 'ignore',
  })
  // `script` gives the program a terminal and notes the time of all that is written to it.
  const inTerminal = `stty rows 45 columns 140; exec ${process.execPath} ${CLI} watch -A`
  const script = spawn('script', ['-q', '-f', '-T', join(folder, 'timing'), '-c', inTerminal, '/dev/null'], {
    env: { ...process.env, KUBECONFIG: kubeconfig, TERM: 'xterm-256color' },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  try {
    await pause(SETTLE_MS)
    const ours = childOf(script.pid!)
    const before = { cpuMs: cpuMsOf(ours), writes: writes(folder), revision: await revision(client), atMs: performance.now() }
    await pause(load.seconds * 1000)
    const seconds = (performance.now() - before.atMs) / 1000
    const renewals = Math.round(((await revision(client)) - before.revision) / seconds)
    const name = `watch, ${load.leases.toLocaleString('en')} leases, ${renewals} renewals/s`
    return [
      { name, unit: '% of a core', ours: (cpuMsOf(ours) - before.cpuMs) / 10 / seconds },
      { name, unit: 'MB', ours: peakMbOf(ours)! },
      { name, unit: 'draws/s', ours: (writes(folder) - before.writes) / seconds },
    ]
  } finally {
    await Promise.all([script, candidates].map(end))
    rmSync(folder, { recursive: true })
  }
}

/** Ends a child, and waits for that. */
export function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    if (!child.kill('SIGTERM')) resolve()
  })
}

/** The program that runs below `script`: the one that `exec` made of its shell. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
}

/** How often something was written to the terminal: a line of the timing file each. */
function writes(folder: string): number {
  return readFileSync(join(folder, 'timing'), 'utf8').split('\n').length - 1
}

/** The number of writes so far. Only the candidates write here. */
export async function revision(client: ApiClient): Promise<number> {
  const list = await client.request<{ metadata: { resourceVersion: string } }>({
    method: 'GET',
    path: '/apis/coordination.k8s.io/v1/leases',
    query: { limit: 1 },
    subject: { verb: 'list' },
  })
  return Number(list.metadata.resourceVersion)
}
