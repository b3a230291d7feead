/** What one look at a process has shown. */
export interface ProcessSample {
  /** When it started, in the system's own format: another process with the same id has another start. */
  readonly start: string
  /** Its program, for messages: `checkout-operator`. */
  readonly command: string
  /**
   * `stopped`: every thread is stopped, by a signal or a tracer. `ended`: it has exited, even if its parent has not read its
   * exit status yet.
   */
  readonly state: 'running' | 'stopped' | 'ended'
  /** Changes whenever one of its threads has run. */
  readonly activity: string
  /** The ids of its child processes; null if they cannot be read. */
  readonly children: readonly number[] | null
}

/** Looks at a process of this machine. Null if there is none with this id. */
export type LookAt = (pid: number) => ProcessSample | null

/** A process, and not another one that got the same id later. */
export interface ProcessKey {
  readonly pid: number
  readonly start: string
}
