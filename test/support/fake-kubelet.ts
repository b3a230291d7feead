import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { RealCluster } from './real-cluster.ts'

const fixture = (name: string): Buffer => readFileSync(new URL(`../cluster/fixtures/${name}`, import.meta.url))

interface Run {
  readonly id: string
  readonly lines: { readonly atMs: number; readonly text: string }[]
  readonly followers: Set<ServerResponse>
}

/**
 * A Node of a real cluster, with as much of a kubelet as its API server asks for logs: each line of a container has a
 * time of its own, which is told with nanoseconds.
 */
export interface FakeKubelet extends AsyncDisposable {
  /** Puts a Pod on the Node, or starts its container again, and reports it as running. */
  run(pod: string): Promise<void>
  /** Ends a Pod's container, and reports it as terminated. */
  end(pod: string): Promise<void>
  /** Writes a line, as of now where nothing else is said. */
  write(pod: string, text: string, atMs?: number): void
  /** Breaks the connections over which logs are followed. */
  breakConnections(): void
  /** What was asked of it: path and query. */
  readonly asked: readonly URL[]
}

const NODE = 'fake-node'
const CONTAINER = 'main'

export async function startFakeKubelet(cluster: RealCluster): Promise<FakeKubelet> {
  const runs = new Map<string, Run[]>()
  const asked: URL[] = []
  const server = createServer({ cert: fixture('server.pem'), key: fixture('server.key') }, (request, response) => {
    const url = new URL(request.url ?? '/', 'https://kubelet')
    asked.push(url)
    const [, , , pod = ''] = url.pathname.split('/')
    const { searchParams: query } = url
    const run = runs.get(pod)?.at(query.has('previous') ? -2 : -1)
    if (!run) {
      response.writeHead(400).end(`previous terminated container "${CONTAINER}" in pod "${pod}" not found`)
      return
    }
    const fromMs = query.has('sinceTime')
      ? Date.parse(query.get('sinceTime')!)
      : query.has('sinceSeconds')
        ? Date.now() - Number(query.get('sinceSeconds')) * 1000
        : 0
    const recent = run.lines.filter(({ atMs }) => atMs >= fromMs)
    const tail = query.get('tailLines')
    for (const line of tail === null ? recent : recent.slice(recent.length - Number(tail))) response.write(lineOf(line))
    const isCurrent = run === runs.get(pod)?.at(-1)
    if (!query.has('follow') || !isCurrent || ended.has(run.id)) {
      response.end()
      return
    }
    run.followers.add(response)
    response.on('close', () => run.followers.delete(response))
  })
  const ended = new Set<string>()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } }) })
  const patchStatus = (path: string, status: object): Promise<void> => patch(cluster, `${path}/status`, { status })
  await patchStatus(`/api/v1/nodes/${NODE}`, {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  })
  const report = (pod: string, state: object, restartCount: number, containerID: string): Promise<void> =>
    patchStatus(`/api/v1/namespaces/default/pods/${pod}`, {
      phase: 'Running',
      containerStatuses: [{ name: CONTAINER, image: 'x', imageID: 'x', ready: true, restartCount, containerID, state }],
    })

  return {
    asked,
    async run(pod) {
      const past = runs.get(pod) ?? []
      if (past.length === 0) {
        const spec = { nodeName: NODE, containers: [{ name: CONTAINER, image: 'registry.invalid/x' }] }
        await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: pod }, spec }) })
      }
      const run = { id: `fake://${pod}-${past.length}`, lines: [], followers: new Set<ServerResponse>() }
      runs.set(pod, [...past, run])
      await report(pod, { running: { startedAt: new Date().toISOString() } }, past.length, run.id)
    },
    async end(pod) {
      const past = runs.get(pod)!
      const run = past.at(-1)!
      ended.add(run.id)
      for (const response of run.followers) response.end()
      await report(pod, { terminated: { exitCode: 1, reason: 'Error', containerID: run.id } }, past.length - 1, run.id)
    },
    write(pod, text, atMs = Date.now()) {
      const run = runs.get(pod)!.at(-1)!
      const line = { atMs, text }
      run.lines.push(line)
      for (const response of run.followers) response.write(lineOf(line))
    },
    breakConnections() {
      for (const run of [...runs.values()].flat()) for (const response of run.followers) response.destroy()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function lineOf({ atMs, text }: { readonly atMs: number; readonly text: string }): string {
  return `${new Date(atMs).toISOString().replace('Z', '000123Z')} ${text}\n`
}

async function patch(cluster: RealCluster, path: string, body: object): Promise<void> {
  const { connect } = await import('../../shared/cluster/connection/connection.ts')
  const { systemClock } = await import('../../shared/time/clock.ts')
  const client = await connect({ kubeconfig: cluster.kubeconfig }, { env: {}, clock: systemClock, version: 'test' })
  try {
    await client.request({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json', subject: { verb: 'patch' } })
  } finally {
    client.close()
  }
}
