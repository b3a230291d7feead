import type { ReadStream, WriteStream } from 'node:tty'
import type { Clock } from '../shared/time/index.ts'
import type { SignalWishes } from './interruption.ts'

/** What a command has of the process it runs in; a test gives its own. */
export interface Session {
  readonly stdin: NodeJS.ReadStream | ReadStream
  readonly stdout: NodeJS.WriteStream | WriteStream
  readonly stderr: NodeJS.WriteStream | WriteStream
  readonly env: NodeJS.ProcessEnv
  readonly clock: Clock
  /** Aborted by Ctrl-C, SIGTERM, SIGQUIT or SIGHUP, and when the reader of stdout has gone. */
  readonly signal: AbortSignal
  /** What the command wants of signals beside that. */
  readonly wishes: SignalWishes
  /** What the user types to run this program, for help and messages. */
  readonly programName: string
}
