import { PASSED_SIGNALS } from '../shared/guard/watchdog-protocol.ts'
import { systemClock } from '../shared/time/clock.ts'
import { ExitCode } from './exit-code.ts'
import { ENDING_SIGNALS, Interrupter, noWishes } from './interruption.ts'
import { run } from './program.ts'

const wishes = noWishes()
const interrupter = new Interrupter({
  wishes,
  monotonicMs: () => systemClock.monotonicMs(),
  // A terminal has echoed the ^C, below a countdown perhaps.
  tell: (text) => void errors().write(`${errors().isTTY ? '\n' : ''}${text}\n`),
  exit: (code) => process.exit(code),
})
for (const signal of ENDING_SIGNALS) process.on(signal, () => interrupter.take(signal))
for (const signal of PASSED_SIGNALS) if (signal !== 'SIGHUP') process.on(signal, () => void wishes.pass(signal))

// Opened when they are first used, because opening takes about a millisecond each.
const opened: NodeJS.WriteStream[] = []
const output = opener(() => process.stdout.on('error', takeOutputError))
const errors = opener(() => process.stderr.on('error', () => {}))

// In `kubectl leader list | head`, the reader closes stdout when it has read enough. Shut down cleanly, and exit with 0.
let hasReaderLeft = false
function takeOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') {
    hasReaderLeft = true
    interrupter.end(new DOMException('The reader of stdout has closed it.', 'AbortError'))
    return
  }
  errors().write(`Error: Cannot write the output: ${error.message}.\n`)
  process.exit(ExitCode.server)
}

// By then, the command has sent its first request: stdout is opened while the server prepares the answer.
setImmediate(output)
// Where nothing is left to wait for, Node ends the program, with 0: that must not pass for a success.
process.once('beforeExit', () => {
  errors().write('Unexpected error: the command ended without a result.\n')
  process.exit(ExitCode.server)
})
void main()

async function main(): Promise<void> {
  const exitCode = await run(
    {
      // A getter, because loading Node's file streams is slow and most commands never read stdin.
      get stdin() {
        return process.stdin
      },
      get stdout() {
        return output()
      },
      get stderr() {
        return errors()
      },
      env: process.env,
      clock: systemClock,
      signal: interrupter.signal,
      wishes,
      programName: programName(process.env),
    },
    process.argv.slice(2),
  )
  await Promise.all(opened.map(flushed))
  process.exit(hasReaderLeft ? ExitCode.done : exitCode)
}

/** How the user can run this program again: kubectl does not find it where npx does. */
function programName({ npm_command: npmCommand, npm_lifecycle_script: script = '' }: NodeJS.ProcessEnv): string {
  return npmCommand === 'exec' && /^\W?kubectl-leader\b/.test(script) ? 'npx kubectl-leader' : 'kubectl leader'
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve()
    else stream.write('', () => resolve())
  })
}

function opener(open: () => NodeJS.WriteStream): () => NodeJS.WriteStream {
  let stream: NodeJS.WriteStream | undefined
  return () => {
    if (!stream) opened.push((stream = open()))
    return stream
  }
}
