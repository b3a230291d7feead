import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { freePorts } from '../support/real/ports.ts'
import { pause } from './election-candidate.ts'
import { cpuMsOf, peakMbOf } from './process.ts'
import type { Row } from './table.ts'
import { end, revision } from './watch.ts'

const CLI = fileURLToPath(new URL('../../dist/kubectl-leader.cjs', import.meta.url))
/** For the exporter and the API server to be done with what they did at the start. */
const SETTLE_MS = 20_000
/** On a busy machine, 2,000 elections are created slowly. */
const PATIENCE_MS = 600_000
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
  const [port] = await freePorts(1)
  const exporter = spawn(process.execPath, [CLI, 'export', '-A', '--http', String(port)], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    await untilExported(port!, load.leases)
    await pause(SETTLE_MS)
    const before = { cpuMs: cpuMsOf(exporter.pid!), revision: await revision(client), atMs: performance.now() }
    let longestMs = 0
    let megabytes = 0
    for (let scrape = 0; scrape < load.scrapes; scrape++) {
      await pause(SCRAPE_MS)
      const startedMs = performance.now()
      const text = await metrics(port!)
      longestMs = Math.max(longestMs, performance.now() - startedMs)
      megabytes = text.length / 1e6
      if (exportedIn(text) < load.leases) throw new Error(`Only ${exportedIn(text)} of ${load.leases} elections were exported.`)
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

const metrics = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
const exportedIn = (text: string): number => text.split('\n').filter((line) => line.startsWith('leader_exporter_election_state{')).length

/** @throws Error if it does not export them in time */
async function untilExported(port: number, leases: number): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS
  for (;;) {
    const exported = exportedIn(await metrics(port).catch(() => ''))
    if (exported >= leases) return
    if (performance.now() > untilMs) throw new Error(`Only ${exported} of ${leases} elections were exported.`)
    await pause(1_000)
  }
}
