import type { Clock } from '../time/clock.ts'
import { isTrue } from './request-info.ts'
import { isObject } from './schema.ts'
import { badRequest } from './status.ts'
import type { StoredObject } from './storage.ts'
import type { WatchStream } from './watch.ts'

/** A container of the sandbox: of nothing that runs, but of what is written for it. */
export interface LogPlace {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

interface Line {
  readonly wallMs: number
  readonly text: string
}

/** One run of a container. */
interface Run {
  readonly lines: Line[]
  readonly followers: Set<(line: Line | null) => void>
  hasEnded: boolean
}

/** As with a kubelet that turns its files over, what is old goes. */
const MOST_LINES = 2_000

/** What the containers of a cluster have written: their present runs, and the ones before. */
export class PodLogs {
  readonly #clock: Clock
  readonly #runs = new Map<string, { present: Run; previous: Run | null }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Writes a line; the first one, and the first after an end, begins a run. */
  write(place: LogPlace, text: string): void {
    const key = keyOf(place)
    let runs = this.#runs.get(key)
    if (!runs || runs.present.hasEnded) {
      runs = { present: { lines: [], followers: new Set(), hasEnded: false }, previous: runs?.present ?? null }
      this.#runs.set(key, runs)
    }
    const { lines, followers } = runs.present
    const line = { wallMs: this.#clock.wallMs(), text }
    lines.push(line)
    if (lines.length > MOST_LINES) lines.shift()
    for (const follow of followers) follow(line)
  }

  /** Ends a container's run, and with it the answers to those who follow. */
  end(place: LogPlace): void {
    const run = this.#runs.get(keyOf(place))?.present
    if (!run || run.hasEnded) return
    run.hasEnded = true
    for (const follow of run.followers) follow(null)
  }

  /**
   * Finds what a request asks for (`PodLogOptions`); the returned function answers it. Null where there is nothing to
   * answer. Throws ApiErrors.
   */
  prepare(namespace: string, pod: StoredObject, query: URLSearchParams): ((stream: WatchStream) => void) | null {
    const name = pod.metadata.name
    const container = containerOf(pod, query.get('container') ?? '')
    const spec = isObject(pod['spec']) ? pod['spec'] : {}
    // There is no log of a Pod that is not on a Node.
    if (!spec['nodeName']) return null
    const runs = this.#runs.get(keyOf({ namespace, pod: name, container }))
    const isPrevious = isTrue(query.get('previous'))
    const run = isPrevious ? runs?.previous : runs?.present
    if (!run) {
      throw badRequest(
        isPrevious
          ? `previous terminated container "${container}" in pod "${name}" not found`
          : `container "${container}" in pod "${name}" is waiting to start: ContainerCreating`,
      )
    }
    return (stream) => this.#serve(run, query, stream)
  }

  #serve(run: Run, query: URLSearchParams, stream: WatchStream): void {
    const hasTimestamps = isTrue(query.get('timestamps'))
    const send = ({ wallMs, text }: Line): void =>
      stream.send(Buffer.from(`${hasTimestamps ? `${timestamp(wallMs)} ` : ''}${text}\n`))
    const fromMs = this.#fromMs(query)
    const recent = run.lines.filter((line) => line.wallMs >= fromMs)
    const tail = query.get('tailLines')
    const count = tail === null ? recent.length : Number(tail)
    for (const line of count === 0 ? [] : recent.slice(-count)) send(line)
    if (run.hasEnded || !isTrue(query.get('follow'))) {
      stream.end()
      return
    }
    const follow = (line: Line | null): void => {
      if (line) send(line)
      else stream.end()
    }
    run.followers.add(follow)
    stream.signal.addEventListener('abort', () => run.followers.delete(follow), { once: true })
  }

  #fromMs(query: URLSearchParams): number {
    const seconds = query.get('sinceSeconds')
    if (seconds !== null) return this.#clock.wallMs() - Number(seconds) * 1000
    const time = query.get('sinceTime')
    // The API server hands it on with whole seconds.
    return time === null ? 0 : Math.floor(Date.parse(time) / 1000) * 1000
  }
}

/** The container that is asked for, with apiserver's wording (`validateContainer`) if there is none. */
function containerOf(pod: StoredObject, asked: string): string {
  const spec = isObject(pod['spec']) ? pod['spec'] : {}
  const names = (list: unknown): string[] =>
    Array.isArray(list) ? list.filter(isObject).map((each) => String(each['name'])) : []
  const main = names(spec['containers'])
  const name = pod.metadata.name
  if (asked === '') {
    if (main.length === 1) return main[0]!
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]`)
  }
  if ([...main, ...names(spec['initContainers'])].includes(asked)) return asked
  throw badRequest(`container ${asked} is not valid for pod ${name}`)
}

function timestamp(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('Z', '000000Z')
}

function keyOf({ namespace, pod, container }: LogPlace): string {
  return `${namespace}/${pod}/${container}`
}
