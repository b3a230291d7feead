import { systemClock } from '../shared/time/index.ts'
import { ExitCode } from './exit-code.ts'
import { ENDING_SIGNALS, Interrupter, noWishes, PASSED_SIGNALS } from './interruption.ts'
import { run } from './program.ts'

const wishes = noWishes()
const interrupter = new Interrupter({
  wishes,
  monotonicMs: () => systemClock.monotonicMs(),
  tell: (text) => void process.stderr.write(`${text}\n`),
  exit: (code) => process.exit(code),
})
for (const signal of ENDING_SIGNALS) process.on(signal, () => interrupter.take(signal))
for (const signal of PASSED_SIGNALS) if (signal !== 'SIGHUP') process.on(signal, () => void wishes.pass(signal))

// `kubectl leader list | head`: whoever read our output has what they wanted. What leaves in good order still does.
let hasReaderLeft = false
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') {
    hasReaderLeft = true
    interrupter.end(new DOMException('The reader of the output has closed it.', 'AbortError'))
    return
  }
  process.stderr.write(`Error: The output can't be written: ${error.message}.\n`)
  process.exit(ExitCode.server)
})
process.stderr.on('error', () => {})

void main()

async function main(): Promise<void> {
  const exitCode = await run(
    {
      // Loaded by those alone who read it: Node's streams of files take long.
      get stdin() {
        return process.stdin
      },
      stdout: process.stdout,
      stderr: process.stderr,
      env: process.env,
      clock: systemClock,
      signal: interrupter.signal,
      wishes,
      programName: 'kubectl leader',
    },
    process.argv.slice(2),
  )
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  process.exit(hasReaderLeft ? ExitCode.done : exitCode)
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve()
    else stream.write('', () => resolve())
  })
}
