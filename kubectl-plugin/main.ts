import { systemClock } from '../shared/time/index.ts'
import { ExitCode } from './exit-code.ts'
import { run } from './program.ts'

const interruption = new AbortController()

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // A second one means that leaving in good order takes too long for whoever asks.
    if (interruption.signal.aborted) process.exit(ExitCode.interrupted)
    interruption.abort(new DOMException(`Interrupted by ${signal}.`, 'AbortError'))
  })
}

// `kubectl leader list | head`: whoever read our output has what they wanted. What leaves in good order still does.
let hasReaderLeft = false
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') {
    hasReaderLeft = true
    interruption.abort(new DOMException('Nobody reads the output any more.', 'AbortError'))
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
      signal: interruption.signal,
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
