import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface TerminalOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
}

/** The command in a shell that prints `Exit code: N` after it, because tmux does not always learn how a program ended. */
export function reporting(command: readonly string[]): readonly string[] {
  return ['sh', '-c', 'trap : INT; "$@"; echo "Exit code: $?"', 'sh', ...command]
}

/** A real terminal, by tmux, with one program in it. */
export class Terminal {
  readonly #socket: string

  private constructor(socket: string) {
    this.#socket = socket
  }

  static async open(command: readonly string[], options: TerminalOptions = {}): Promise<Terminal> {
    const terminal = new Terminal(`kubectl-leader-${randomUUID()}`)
    const { columns = 100, rows = 30, env = {} } = options
    // By env, because tmux's own -e leaves the PATH as it was.
    const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    const size = ['-x', String(columns), '-y', String(rows)]
    await terminal.#tmux(['-f', '/dev/null', 'new-session', '-d', ...size, 'env', ...settings, ...command])
    await terminal.#tmux(['set-option', '-g', 'remain-on-exit', 'on'])
    return terminal
  }

  /** Types text as it is. */
  async type(text: string): Promise<void> {
    await this.#tmux(['send-keys', '-l', '--', text])
  }

  /** Presses keys by tmux's names: `Enter`, `Tab`, `C-c`, `PageDown`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux(['send-keys', ...keys])
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux(['resize-window', '-x', String(columns), '-y', String(rows)])
  }

  /** What is on the screen, line by line; with `escapes`, its colours and styles too. */
  async screen(options: { readonly escapes?: boolean } = {}): Promise<string> {
    return this.#tmux(['capture-pane', '-p', ...(options.escapes ? ['-e'] : [])])
  }

  /** What a program may have left switched on or off. */
  async modes(): Promise<{ readonly isCursorShown: boolean; readonly wraps: boolean; readonly isAlternate: boolean }> {
    const flags = await this.#tmux(['display-message', '-p', '#{cursor_flag}#{wrap_flag}#{alternate_on}'])
    const [isCursorShown, wraps, isAlternate] = Array.from(flags.trim(), (flag) => flag === '1')
    return { isCursorShown: isCursorShown!, wraps: wraps!, isAlternate: isAlternate! }
  }

  /** Polls until the screen shows it, for a minute at most; resolves to that screen. */
  async shows(text: string | RegExp): Promise<string> {
    const giveUpAtMs = Date.now() + 60_000
    for (;;) {
      const screen = await this.screen()
      if (typeof text === 'string' ? screen.includes(text) : text.test(screen)) return screen
      if (Date.now() > giveUpAtMs) throw new Error(`The terminal never showed ${String(text)}. It shows:\n${screen}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Sends a signal to what {@link reporting} runs, without a key. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const shell = (await this.#tmux(['display-message', '-p', '#{pane_pid}'])).trim()
    process.kill(Number(await readFile(`/proc/${shell}/task/${shell}/children`, 'utf8')), signal)
  }

  async close(): Promise<void> {
    await this.#tmux(['kill-server']).catch(() => undefined)
  }

  async #tmux(args: readonly string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-L', this.#socket, ...args])
    return stdout
  }
}
