import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ApiClient } from '../../shared/cluster/index.ts'
import { pause } from './election-candidate.ts'
import { cpuMsOf, peakMbOf } from './process.ts'
import type { Row } from './table.ts'
import { end, revision } from './watch.ts'

const CLI = fileURLToPath(new URL('../../dist/kubectl-leader.cjs', import.meta.url))
const PORT = 19_798
const SETTLE_MS = 20_000
/** The scrape interval that `generate monitoring` sets. */
const SCRAPE_MS = 30_000

/** `export -A`, scraped every 30 s, while client-go candidates renew. Prometheus has no part in the figures. */
export async function benchExport(
  tools: { readonly client: ApiClient; readonly candidate: string; readonly kubeconfig: string },
  load: { readonly leases: number; readonly elections: number; readonly scrapes: number },
): Promise<Row[]> {
  const { client, candidate, kubeconfig } = tools
  const live = ['-kubeconfig', kubeconfig, '-namespace', 'bench-0', '-name', 'live', '-id', 'bench', '-count', String(load.elections)]
  const candidates = spawn(candidate, live, { stdio: 'ignore' })
  const exporter = spawn(process.execPath, [CLI, 'export', '-A', '--http', String(PORT)], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    await pause(SETTLE_MS)
    const before = { cpuMs: cpuMsOf(exporter.pid!), revision: await revision(client), atMs: performance.now() }
    let longestMs = 0
    let megabytes = 0
    for (let scrape = 0; scrape < load.scrapes; scrape++) {
      await pause(SCRAPE_MS)
      const startedMs = performance.now()
      const text = await (await fetch(`http://127.0.0.1:${PORT}/metrics`)).text()
      longestMs = Math.max(longestMs, performance.now() - startedMs)
      megabytes = text.length / 1e6
      const exported = text.split('\n').filter((line) => line.startsWith('leader_exporter_election_state{')).length
      if (exported < load.leases) throw new Error(`Only ${exported} of ${load.leases} elections were exported.`)
    }
    const seconds = (performance.now() - before.atMs) / 1000
    const renewals = Math.round(((await revision(client)) - before.revision) / seconds)
    const name = `export, ${load.leases.toLocaleString('en')} elections, ${renewals} renewals/s`
    return [
      { name, unit: '% of a core', ours: (cpuMsOf(exporter.pid!) - before.cpuMs) / 10 / seconds },
      { name: `${name}, peak`, unit: 'MB', ours: peakMbOf(exporter.pid)! },
      { name: `${name}, longest scrape`, unit: 'ms', ours: longestMs },
      { name: `${name}, size of a scrape`, unit: 'MB', ours: megabytes },
    ]
  } finally {
    await Promise.all([exporter, candidates].map(end))
  }
}
