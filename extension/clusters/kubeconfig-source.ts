import { readFileSync } from 'node:fs'
import { loadKubeconfig, type Kubeconfig } from '../../shared/cluster/index.ts'
import { kubeconfigFiles } from '../../shared/cluster/connection/kubeconfig.ts'
import type { Clock } from '../../shared/time/index.ts'
import { Listeners } from '../listeners.ts'

/** The kubeconfig as it was last read: what is in it, or why it can't be used. */
export type KubeconfigReading =
  | { readonly kubeconfig: Kubeconfig; readonly error: null }
  | { readonly kubeconfig: null; readonly error: Error }

/** How often the files are looked at. Watching them misses those that are links, on a network, or not there yet. */
const LOOK_MS = 2_000

/** The kubeconfig, read again whenever one of its files has changed, for as long as somebody looks. */
export class KubeconfigSource {
  readonly #clock: Clock
  readonly #env: NodeJS.ProcessEnv
  readonly #changes = new Listeners<KubeconfigReading>()
  #file: string | undefined
  /** What the last reading, done or under way, is of. */
  #contents: string | null = null
  #reading: Promise<KubeconfigReading> | null = null

  /** @param file The one to read, or none for those that kubectl would. */
  constructor(file: string | undefined, env: NodeJS.ProcessEnv, clock: Clock) {
    this.#file = file
    this.#env = env
    this.#clock = clock
  }

  get file(): string | undefined {
    return this.#file
  }

  /** Calls `listener` with what the files say, whenever that has changed; returns what ends that. */
  onChange(listener: (reading: KubeconfigReading) => void): () => void {
    return this.#changes.add(listener)
  }

  /** Reads another file than before, at once. */
  choose(file: string | undefined): Promise<KubeconfigReading> {
    this.#file = file
    this.#contents = null
    return this.look()
  }

  /** What the files say now. */
  look(): Promise<KubeconfigReading> {
    const contents = JSON.stringify(kubeconfigFiles(this.#file, this.#env).map((file) => [file, contentOf(file)]))
    if (this.#reading && contents === this.#contents) return this.#reading
    this.#contents = contents
    this.#reading = this.#readAs(contents)
    return this.#reading
  }

  /** Looks again and again, until the signal is aborted. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look()
      await this.#clock.sleep(LOOK_MS, signal).catch(() => {})
    }
  }

  async #readAs(contents: string): Promise<KubeconfigReading> {
    const reading = await this.#read()
    // Meanwhile there may be another reading, of other contents or another file, and this one is out of date.
    if (contents !== this.#contents) return this.#reading!
    this.#changes.tell(reading)
    return reading
  }

  async #read(): Promise<KubeconfigReading> {
    try {
      return { kubeconfig: await loadKubeconfig(this.#file, this.#env), error: null }
    } catch (error) {
      return { kubeconfig: null, error: error instanceof Error ? error : new Error(String(error)) }
    }
  }
}

/** Null where it can't be read. */
function contentOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
