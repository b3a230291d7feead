import { systemClock } from '../shared/time/index.ts'
import { ExitCode } from './exit-code.ts'
import { ENDING_SIGNALS, Interrupter, noWishes, PASSED_SIGNALS } from './interruption.ts'
import { run } from './program.ts'

const wishes = noWishes()
const interrupter = new Interrupter({
  wishes,
  monotonicMs: () => systemClock.monotonicMs(),
  tell: (text) => void errors().write(`${text}\n`),
  exit: (code) => process.exit(code),
})
for (const signal of ENDING_SIGNALS) process.on(signal, () => interrupter.take(signal))
for (const signal of PASSED_SIGNALS) if (signal !== 'SIGHUP') process.on(signal, () => void wishes.pass(signal))

// Made by the first who writes; Node takes long to make them.
const output = once(() => process.stdout.on('error', takeOutputError))
const errors = once(() => process.stderr.on('error', () => {}))

// `kubectl leader list | head`: whoever read our output has what they wanted. What leaves in good order still does.
let hasReaderLeft = false
function takeOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') {
    hasReaderLeft = true
    interrupter.end(new DOMException('The reader of the output has closed it.', 'AbortError'))
    return
  }
  errors().write(`Error: The output can't be written: ${error.message}.\n`)
  process.exit(ExitCode.server)
}

// What a command has sent off by then is on its way meanwhile.
setImmediate(output)
void main()

async function main(): Promise<void> {
  const exitCode = await run(
    {
      // Loaded by those alone who read it: Node's streams of files take long.
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
      programName: 'kubectl leader',
    },
    process.argv.slice(2),
  )
  await Promise.all([flushed(output()), flushed(errors())])
  process.exit(hasReaderLeft ? ExitCode.done : exitCode)
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve()
    else stream.write('', () => resolve())
  })
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
