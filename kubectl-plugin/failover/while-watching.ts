import type { Session } from '../session.ts'

/** A leader that renews has done so twice by then, as a rule. */
const USUAL_MS = 10_000

/**
 * Says on stderr that a holder is watched before anything is planned, and, where that takes long, what for.
 * @param what `lease default/x`, made harmless
 */
export async function whileWatching<T>(session: Session, what: string, lookUp: Promise<T>): Promise<T> {
  const tell = (text: string): unknown => session.stderr.write(`${text}\n`)
  if (session.stderr.isTTY) tell(`Watching how ${what} is renewed...`)
  const found = new AbortController()
  session.clock.sleep(USUAL_MS, found.signal).then(
    () =>
      tell(
        `Still watching ${what}: its holder has not renewed it twice yet. Whether it leads is known when it has, or when its ` +
          'lease duration has passed. Nothing is written before; Ctrl-C ends this.',
      ),
    () => undefined,
  )
  try {
    return await lookUp
  } finally {
    found.abort()
  }
}
