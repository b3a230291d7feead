import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cpuMsOf, peakMbOf } from './process.ts'
import type { Row } from './table.ts'

const CLI = fileURLToPath(new URL('../../dist/kubectl-leader.cjs', import.meta.url))
const SETTLE_MS = 10_000

/**
 * The full-screen `watch -A`, in a pseudo-terminal of 140 × 45, while client-go candidates renew: what it uses, and how
 * often it draws. Its peer is a raw watch by kubectl, which shows nothing: `kubectl get leases -A --watch` reads the list
 * in pages, finds its watch too old at this rate, and ends.
 */
export async function benchWatch(
  tools: { readonly kubectl: string; readonly candidate: string; readonly kubeconfig: string },
  load: { readonly leases: number; readonly elections: number; readonly seconds: number },
): Promise<Row[]> {
  const { kubectl, candidate, kubeconfig } = tools
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
  const peer = spawn(kubectl, ['get', '--raw', '/apis/coordination.k8s.io/v1/leases?watch=true'], { env: { ...process.env, KUBECONFIG: kubeconfig }, stdio: 'ignore' })
  try {
    await pause(SETTLE_MS)
    const ours = childOf(script.pid!)
    const before = { ours: cpuMsOf(ours), theirs: cpuMsOf(peer.pid!), writes: writes(folder), atMs: performance.now() }
    await pause(load.seconds * 1000)
    const seconds = (performance.now() - before.atMs) / 1000
    const percent = (cpuMs: number): number => cpuMs / 10 / seconds
    const name = `watch, ${load.leases.toLocaleString('en')} leases, ${load.elections / 2} renewals/s`
    const compared = 'kubectl get --raw …/leases?watch=true'
    return [
      { name, unit: '% of a core', ours: percent(cpuMsOf(ours) - before.ours), theirs: percent(cpuMsOf(peer.pid!) - before.theirs), peer: compared },
      { name, unit: 'MB', ours: peakMbOf(ours)!, theirs: peakMbOf(peer.pid)!, peer: compared },
      { name: 'watch, the same', unit: 'draws/s', ours: (writes(folder) - before.writes) / seconds },
    ]
  } finally {
    for (const child of [script, peer, candidates]) child.kill('SIGTERM')
    await Promise.all([script, peer, candidates].map((child) => new Promise((resolve) => (child.exitCode ?? child.signalCode) === null ? child.on('close', resolve) : resolve(null))))
    rmSync(folder, { recursive: true })
  }
}

/** The program that runs below `script`: the one that `exec` made of its shell. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
}

/** How often something was written to the terminal: a line of the timing file each. */
function writes(folder: string): number {
  return readFileSync(join(folder, 'timing'), 'utf8').split('\n').length - 1
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
