import { printText } from '../output/wrap.ts'
import type { Session } from '../session.ts'

/** A leader usually renews twice within this time. */
const USUAL_MS = 10_000

/**
 * Reports on stderr that a holder is watched before the plan is made, and explains why if that takes long.
 * @param what `the lease "x"`, already made harmless
 */
export async function withWatchNotice<T>(session: Session, what: string, lookUp: Promise<T>): Promise<T> {
  const tell = (text: string): void => printText(session.stderr, text)
  if (session.stderr.isTTY) tell(`Watching ${what} for renewals...`)
  const found = new AbortController()
  session.clock.sleep(USUAL_MS, found.signal).then(
    () =>
      tell(
        `Still watching ${what}: fewer than two renewals observed. This takes at most one lease duration. ` +
          'No changes have been made yet. Press Ctrl-C to cancel.',
      ),
    () => undefined,
  )
  try {
    return await lookUp
  } finally {
    found.abort()
  }
}
