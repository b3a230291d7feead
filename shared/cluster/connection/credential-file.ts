import type { Clock } from '../../time/clock.ts'
import { readConfigFile } from './tls.ts'
import { type Phrase } from '../../phrase.ts'

/** How long what was read is used before the file is looked at again; client-go's for token files. */
const REREAD_MS = 60_000

/** A file with a credential in it that something else renews. */
export class CredentialFile {
  readonly #file: string
  readonly #purpose: Phrase
  readonly #clock: Clock
  #content: Buffer | undefined
  #readMs = 0

  constructor(file: string, purpose: Phrase, clock: Clock) {
    this.#file = file
    this.#purpose = purpose
    this.#clock = clock
  }

  /**
   * The content, at most a minute old. A file that can't be read any more keeps its last content.
   *
   * @throws ClusterError of kind `config` where it never could be read
   */
  read(): Buffer {
    const nowMs = this.#clock.monotonicMs()
    if (this.#content && nowMs - this.#readMs < REREAD_MS) return this.#content
    return this.reread()
  }

  /** The content as it is now. */
  reread(): Buffer {
    this.#readMs = this.#clock.monotonicMs()
    const last = this.#content
    try {
      const content = readConfigFile(this.#file, this.#purpose)
      // The same content stays the same object, which is how a change is recognised.
      return (this.#content = last?.equals(content) ? last : content)
    } catch (error) {
      if (last) return last
      throw error
    }
  }
}
