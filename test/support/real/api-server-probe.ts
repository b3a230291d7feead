import { existsSync, readFileSync } from 'node:fs'
import { get as httpGet } from 'node:http'
import { get as httpsGet, type RequestOptions } from 'node:https'

/** How long a probe waits for an answer, in milliseconds. */
const PROBE_TIMEOUT_MS = 2_000

/** The namespaces that a fresh API server makes for itself, some of them only after it says that it is ready. */
const BUILT_IN_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system']

/** Whether etcd answers, has a leader, and takes writes. */
export async function isEtcdHealthy(url: string): Promise<boolean> {
  const answer = await getText(`${url}/health`)
  return answer?.status === 200
}

/** What a test harness asks an API server. */
export class ApiServerProbe {
  readonly #url: string
  readonly #caFile: string
  readonly #token: string

  /** @param caFile is read anew each time: the API server writes it when it first starts. */
  constructor(url: string, caFile: string, token: string) {
    this.#url = url
    this.#caFile = caFile
    this.#token = token
  }

  /** Whether every check of /readyz passes and the built-in namespaces are there. */
  async isReady(): Promise<boolean> {
    const readyz = await this.#get('/readyz')
    if (readyz?.status !== 200) return false
    const namespaces = await this.#get('/api/v1/namespaces')
    if (namespaces?.status !== 200) return false
    const { items } = JSON.parse(namespaces.body) as { items: { metadata: { name: string } }[] }
    const names = new Set(items.map((item) => item.metadata.name))
    return BUILT_IN_NAMESPACES.every((name) => names.has(name))
  }

  /** Its version, as in `v1.20.2`. */
  async version(): Promise<string> {
    const answer = await this.#get('/version')
    if (answer?.status !== 200) throw new Error(`${this.#url}/version answered ${answer?.status ?? 'nothing'}`)
    return (JSON.parse(answer.body) as { gitVersion: string }).gitVersion
  }

  async #get(path: string): Promise<Answer | undefined> {
    if (!existsSync(this.#caFile)) return undefined
    return getText(`${this.#url}${path}`, {
      ca: readFileSync(this.#caFile),
      headers: { authorization: `Bearer ${this.#token}` },
    })
  }
}

interface Answer {
  readonly status: number
  readonly body: string
}

/** Undefined where there is no whole answer in time, for whatever reason. */
function getText(url: string, options: RequestOptions = {}): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const get = url.startsWith('https:') ? httpsGet : httpGet
    const request = get(url, { ...options, agent: false, signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('error', () => resolve(undefined))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    request.on('error', () => resolve(undefined))
  })
}
