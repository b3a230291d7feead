import type { ReadStream, WriteStream } from 'node:tty'
import type { Clock } from '../shared/time/clock.ts'
import type { SignalWishes } from './interruption.ts'

/** What a command uses of its process. Tests pass their own. */
export interface Session {
  readonly stdin: NodeJS.ReadStream | ReadStream
  readonly stdout: NodeJS.WriteStream | WriteStream
  readonly stderr: NodeJS.WriteStream | WriteStream
  readonly env: NodeJS.ProcessEnv
  readonly clock: Clock
  /** Aborted by Ctrl-C, SIGTERM, SIGQUIT or SIGHUP, and when the reader of stdout closes it. */
  readonly signal: AbortSignal
  /** What else the command does with signals. */
  readonly wishes: SignalWishes
  /** What the user types to run this program, for help and messages. */
  readonly programName: string
}
