import type { Clock } from './clock.ts'

/** Runs an operation, and aborts its signal after a timeout in milliseconds. Settles as the operation does. */
export async function withPatience<Result>(
  clock: Clock,
  patienceMs: number,
  work: (over: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const over = new AbortController()
  const done = new AbortController()
  clock.sleep(patienceMs, done.signal).then(
    () => over.abort(new Error('no answer in time')),
    () => undefined,
  )
  try {
    return await work(over.signal)
  } finally {
    done.abort()
  }
}
