import { Writable } from 'node:stream'
import { noWishes } from '../../kubectl-plugin/interruption.ts'
import type { Session } from '../../kubectl-plugin/session.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import type { Clock } from '../../shared/time/clock.ts'

/** A session in memory. */
export interface FakeSession {
  readonly session: Session
  /** Everything written to it so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** What Ctrl-C does. */
  readonly interrupt: () => void
}

/** @param options.columns makes stdout a terminal that is so many cells wide. */
export function fakeSession(
  options: { readonly env?: NodeJS.ProcessEnv; readonly clock?: Clock; readonly columns?: number } = {},
): FakeSession {
  const interruption = new AbortController()
  const stdout = collector()
  const stderr = collector()
  if (options.columns !== undefined) Object.assign(stdout.stream, { isTTY: true, columns: options.columns, rows: 24 })
  return {
    session: {
      stdin: process.stdin,
      stdout: stdout.stream,
      stderr: stderr.stream,
      env: options.env ?? {},
      clock: options.clock ?? new FakeClock(),
      signal: interruption.signal,
      wishes: noWishes(),
      programName: 'kubectl leader',
    },
    stdout: stdout.text,
    stderr: stderr.text,
    interrupt: () => interruption.abort(new DOMException('Interrupted by SIGINT.', 'AbortError')),
  }
}

function collector(): { readonly stream: NodeJS.WriteStream; readonly text: () => string } {
  const chunks: string[] = []
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => chunks.join('') }
}
