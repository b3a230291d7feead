import { spawn, type ChildProcess } from 'node:child_process'

/**
 * Reads `add PID` and `remove PID` from its standard input. When that closes, which happens however the process at the
 * other end ends, it kills what is left on the list and removes the directory $1.
 */
const SCRIPT = `
pids=' '
while read -r verb pid; do
  case $verb in
    add) pids="$pids$pid " ;;
    remove) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
tries=0
until rm -rf "$1" 2>/dev/null || [ "$tries" -ge 50 ]; do tries=$((tries + 1)); sleep 0.1; done
`

/**
 * A small process that outlives this one by a moment and clears away what this one leaves behind: also after a crash, a
 * SIGKILL, or the end of a test runner's worker, where no exit handler runs.
 */
export class Watchdog {
  readonly #process: ChildProcess

  /** @param directory removed at the end. */
  constructor(directory: string) {
    // Its own process group, so that Ctrl-C in a terminal doesn't reach it.
    this.#process = spawn('/bin/sh', ['-c', SCRIPT, 'watchdog', directory], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    // A watchdog that is gone shows in close(), not as an unhandled EPIPE.
    this.#process.stdin!.on('error', () => {})
  }

  add(pid: number): void {
    this.#process.stdin!.write(`add ${pid}\n`)
  }

  remove(pid: number): void {
    this.#process.stdin!.write(`remove ${pid}\n`)
  }

  /** Clears away now. Resolves when that is done. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()))
    this.#process.stdin!.end()
    await exited
  }
}
