import { randomBytes } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import type { Clock } from '../../time/clock.ts'
import { replaceTokens, type Tokens } from './kubeconfig-edit.ts'
import { parseKubeconfig, type UserEntry } from './kubeconfig-file.ts'
import { decodeText } from './kubeconfig-text.ts'

/** How long another program's lock is waited for; client-go holds it for the moment of a write. */
const LOCK_PATIENCE_MS = 2_000
const LOCK_RETRY_MS = 100

/** Why tokens could not be kept: half a sentence for a person. */
export class TokenStoreError extends Error {
  override readonly name = 'TokenStoreError'
}

/** Keeps the tokens of one user in the kubeconfig that they came from, as clientcmd's `PersisterForUser` does. */
export class TokenStore {
  readonly #file: string
  readonly #userName: string
  readonly #clock: Clock

  constructor({ file, name }: UserEntry, clock: Clock) {
    this.#file = file
    this.#userName = name
    this.#clock = clock
  }

  /** The tokens in the file now; undefined if it can't be read any more, or has no such user. */
  async read(): Promise<Tokens | undefined> {
    try {
      const { users } = await parseKubeconfig(decodeText(readFileSync(this.#file)).text, this.#file)
      return users.get(this.#userName)?.authProvider?.config
    } catch {
      return undefined
    }
  }

  /**
   * Puts tokens into the file, under the lock by which client-go's programs keep out of each other's way, and at one
   * stroke. Nothing else in the file changes.
   *
   * @throws TokenStoreError
   */
  async write(tokens: Tokens): Promise<void> {
    if (!existsSync(this.#file)) throw new TokenStoreError('it is not a file')
    const lock = `${this.#file}.lock`
    await this.#acquire(lock)
    try {
      const old = decodeText(readFileSync(this.#file))
      const changed = await replaceTokens(old.text, this.#userName, tokens)
      if (changed === undefined || !(await this.#isSound(changed, tokens))) {
        throw new TokenStoreError('its layout does not allow changing only the tokens')
      }
      replaceFile(this.#file, old.encode(changed))
    } catch (error) {
      throw error instanceof TokenStoreError ? error : new TokenStoreError(reasonOf(error), { cause: error })
    } finally {
      rmSync(lock, { force: true })
    }
  }

  async #acquire(lock: string): Promise<void> {
    const untilMs = this.#clock.monotonicMs() + LOCK_PATIENCE_MS
    for (;;) {
      try {
        closeSync(openSync(lock, 'wx', 0o600))
        return
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw new TokenStoreError(reasonOf(error), { cause: error })
        if (this.#clock.monotonicMs() >= untilMs) {
          throw new TokenStoreError(`another program holds the lock ${lock}, or has left it behind`)
        }
        await this.#clock.sleep(LOCK_RETRY_MS)
      }
    }
  }

  /** Whether a text is read with these tokens. */
  async #isSound(text: string, tokens: Tokens): Promise<boolean> {
    const { users } = await parseKubeconfig(text, this.#file)
    const config = users.get(this.#userName)?.authProvider?.config ?? {}
    return Object.entries(tokens).every(([field, token]) => config[field] === token)
  }
}

/** Replaces a file's content at one stroke, with its owner and mode; of a link, the file that it leads to. */
function replaceFile(file: string, content: Buffer): void {
  const target = realpathSync(file)
  const { mode, uid, gid } = statSync(target)
  accessSync(target, constants.W_OK)
  if ((mode & 0o222) === 0) throw new TokenStoreError('it is read-only')
  const draft = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  const descriptor = openSync(draft, 'wx', 0o600)
  try {
    try {
      writeSync(descriptor, content)
      fchownSync(descriptor, uid, gid)
      fchmodSync(descriptor, mode & 0o7777)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(draft, target)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  if (code === 'EROFS') return 'its file system is read-only'
  return code ?? (error as Error).message
}
