import { readFile } from 'node:fs/promises'
import type { Kubeconfig } from '../../shared/cluster/connection/kubeconfig-file.ts'
import { kubeconfigFiles, loadKubeconfig } from '../../shared/cluster/connection/kubeconfig.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { Listeners } from '../listeners.ts'

/** The kubeconfig as it was last read, or why it cannot be used. */
export type KubeconfigReading =
  | { readonly kubeconfig: Kubeconfig; readonly error: null }
  | { readonly kubeconfig: null; readonly error: Error }

/** How often the files are read. A file watch misses links, network file systems, and files that do not exist yet. */
const LOOK_MS = 2_000

/** The kubeconfig, read again whenever one of its files has changed, while {@link KubeconfigSource.watch} runs. */
export class KubeconfigSource {
  readonly #clock: Clock
  readonly #env: NodeJS.ProcessEnv
  readonly #changes = new Listeners<KubeconfigReading>()
  #file: string | undefined
  /** The contents that the last reading, finished or in progress, is based on. */
  #contents: string | null = null
  #reading: Promise<KubeconfigReading> | null = null

  /** @param file The file to read; undefined for the files that kubectl would read. */
  constructor(file: string | undefined, env: NodeJS.ProcessEnv, clock: Clock) {
    this.#file = file
    this.#env = env
    this.#clock = clock
  }

  get file(): string | undefined {
    return this.#file
  }

  /** Calls `listener` with each new reading, whenever the files have changed. Returns a function that ends this. */
  onChange(listener: (reading: KubeconfigReading) => void): () => void {
    return this.#changes.add(listener)
  }

  /** Switches to another file, and reads it immediately. */
  choose(file: string | undefined): Promise<KubeconfigReading> {
    this.#file = file
    this.#contents = null
    return this.look()
  }

  /** Reads the files if they have changed since the last reading. */
  async look(): Promise<KubeconfigReading> {
    const chosen = this.#file
    const files = kubeconfigFiles(chosen, this.#env)
    const contents = JSON.stringify(await Promise.all(files.map(async (file) => [file, await contentOf(file)])))
    if (chosen !== this.#file) return this.look()
    if (this.#reading && contents === this.#contents) return this.#reading
    this.#contents = contents
    this.#reading = this.#readAs(contents)
    return this.#reading
  }

  /** Reads the files every {@link LOOK_MS} until the signal is aborted. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look()
      await this.#clock.sleep(LOOK_MS, signal).catch(() => {})
    }
  }

  async #readAs(contents: string): Promise<KubeconfigReading> {
    const reading = await this.#read()
    // If a later reading has begun, of new contents or another file, this one is out of date.
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

/** Null if it cannot be read. */
function contentOf(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(() => null)
}
