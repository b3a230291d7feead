import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BUILT_CLI, EMPTY_HOME } from '../support/built-cli.ts'
import type { RealCluster } from '../support/real-cluster.ts'
import { RequestProxy, type PassingRequest, type ProxyHooks } from '../support/request-proxy.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface WriterOptions {
  readonly namespace: string
  readonly election: string
  readonly label: string
  readonly id: string
  /** A mistake to plant in the machine: the text that is right, and the one to put in its place. Default: the built program. */
  readonly planted?: readonly [right: string, wrong: string]
}

/** A process of `label`, with a proxy between it and the API server that can hold or refuse each request, and one that can cut it off. */
export class Writer implements AsyncDisposable {
  readonly id: string
  readonly hooks: ProxyHooks
  readonly #child: ChildProcess
  readonly #proxy: RequestProxy
  readonly #cable: TcpProxy
  readonly #folder: string
  readonly #closed: Promise<unknown>
  stdout = ''
  stderr = ''

  private constructor({ namespace, election, label, id, planted }: WriterOptions, proxy: RequestProxy, cable: TcpProxy) {
    this.id = id
    this.#proxy = proxy
    this.#cable = cable
    this.hooks = proxy.hooks
    this.#folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-writer-'))
    const kubeconfig = join(this.#folder, 'config')
    const named = (kind: string, value: object): object => ({ [`${kind}s`]: [{ name: 'it', [kind]: value }] })
    const parts = { ...named('cluster', { server: `http://127.0.0.1:${cable.port}` }), ...named('user', {}), ...named('context', { cluster: 'it', user: 'it' }) }
    writeFileSync(kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', 'current-context': 'it', ...parts }))
    const program = planted ? ['--import', plantingModule(planted), join(ROOT, 'kubectl-plugin/main.ts')] : [BUILT_CLI]
    const args = ['label', election, '-n', namespace, '--label', label, '-l', 'app=web', '--id', id, '-o', 'json']
    const env = { PATH: process.env['PATH'], HOME: EMPTY_HOME, KUBECONFIG: kubeconfig }
    this.#child = spawn(process.execPath, [...program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (this.stdout += chunk))
    this.#child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk))
    this.#closed = new Promise((resolve) => this.#child.on('close', resolve))
  }

  static async start(cluster: RealCluster, options: WriterOptions): Promise<Writer> {
    const proxy = await RequestProxy.open(cluster.url, readFileSync(cluster.caFile), cluster.adminToken)
    return new Writer(options, proxy, await TcpProxy.open(proxy.port))
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  cut(): void {
    this.#cable.cut()
  }

  heal(): void {
    this.#cable.heal()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGCONT')
    this.#child.kill('SIGKILL')
    await this.#closed
    await this.#cable[Symbol.asyncDispose]()
    await this.#proxy[Symbol.asyncDispose]()
    rmSync(this.#folder, { recursive: true })
  }
}

/** Whether a request writes a Pod: with the label, or without it. */
export function isPodWrite({ method, path, body }: PassingRequest, label: string, isLabeled: boolean): boolean {
  if (method !== 'PATCH' || !path.includes('/pods/')) return false
  return (JSON.parse(body) as { metadata: { labels: Record<string, string | null> } }).metadata.labels[label] !== null === isLabeled
}

/** A module that replaces a text in the machine's source when Node.js loads it. */
function plantingModule([right, wrong]: readonly [string, string]): string {
  const source = `
    import { registerHooks } from 'node:module'
    registerHooks({
      load(url, context, next) {
        const loaded = next(url, context)
        if (!url.endsWith('/label-machine.ts')) return loaded
        const parts = String(loaded.source).split(${JSON.stringify(right)})
        if (parts.length !== 2) throw new Error('The mistake cannot be planted.')
        return { ...loaded, source: parts.join(${JSON.stringify(wrong)}) }
      },
    })`
  return `data:text/javascript,${encodeURIComponent(source)}`
}
