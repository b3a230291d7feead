import type { Clock } from './clock.ts'

/** Does something whose signal is aborted where it takes longer than so many milliseconds. Ends as it does. */
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
