import { fileURLToPath } from 'node:url'
import { median, measureRun, type Run } from './process.ts'
import type { Row } from './table.ts'

const CLI = fileURLToPath(new URL('../../dist/kubectl-leader.cjs', import.meta.url))

/**
 * `list -A` beside `kubectl get leases -A`, in turns, so that both see the same machine; the first round, in which
 * caches fill, does not count.
 */
export async function benchList(kubectl: string, kubeconfig: string, leases: number, rounds: number): Promise<Row[]> {
  const env = { KUBECONFIG: kubeconfig }
  const ours: Run[] = []
  const theirs: Run[] = []
  for (let round = 0; round <= rounds; round++) {
    const our = await measureRun(process.execPath, [CLI, 'list', '-A'], env)
    const their = await measureRun(kubectl, ['get', 'leases', '-A'], env)
    if (round > 0) {
      ours.push(our)
      theirs.push(their)
    }
  }
  const figure = (runs: readonly Run[], field: keyof Run): number => median(runs.map((run) => run[field]))
  const name = `list, ${leases.toLocaleString('en')} leases`
  return [
    { name, unit: 'ms', ours: figure(ours, 'wallMs'), theirs: figure(theirs, 'wallMs'), peer: 'kubectl get leases -A' },
    { name, unit: 'MB', ours: figure(ours, 'peakMb'), theirs: figure(theirs, 'peakMb'), peer: 'kubectl get leases -A' },
  ]
}
