import type { ApiClient } from '../../shared/cluster/client.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { beforeChanges } from '../before-changes.ts'
import { printText } from '../output/wrap.ts'
import type { Session } from '../session.ts'

/** A leader usually renews twice within this time. */
const USUAL_MS = 10_000

/** What is planned, for messages. */
export interface Watched {
  /** `the lease "x"`, already made harmless. */
  readonly what: string
  /** The message if the user interrupts it: `Not moved.` */
  readonly declined: string
}

/**
 * Makes a plan, for which a holder is watched. Reports that on stderr, and explains it if it takes long.
 * @param lookUp makes the plan, with the connection that it is passed
 */
export async function withWatchNotice<T>(session: Session, client: ApiClient, { what, declined }: Watched, lookUp: (client: ApiClient) => Promise<T>): Promise<T> {
  const tell = (text: string): void => printText(session.stderr, text)
  if (session.stderr.isTTY) tell(`Watching ${what} for renewals...`)
  const found = new AbortController()
  let hasAnswered = false
  session.clock.sleep(USUAL_MS, found.signal).then(
    () =>
      tell(
        (hasAnswered
          ? `Still watching ${what}: fewer than two renewals observed. This takes at most one lease duration. `
          : `Still waiting for an answer from ${harmless(client.server)}. `) + 'No changes have been made yet. Press Ctrl-C to cancel.',
      ),
    () => undefined,
  )
  try {
    return await beforeChanges(session, declined, lookUp(noticing(client, () => (hasAnswered = true))))
  } finally {
    found.abort()
  }
}

/** The same connection, which reports answers to its requests. */
function noticing(client: ApiClient, onAnswer: () => void): ApiClient {
  return {
    server: client.server,
    contextName: client.contextName,
    namespace: client.namespace,
    knownNamespaces: client.knownNamespaces,
    request: (request) => noticed(client.request(request), onAnswer),
    stream: (request) => noticed(client.stream(request), onAnswer),
    close: () => client.close(),
  }
}

async function noticed<T>(answer: Promise<T>, onAnswer: () => void): Promise<T> {
  try {
    const answered = await answer
    onAnswer()
    return answered
  } catch (error) {
    if (error instanceof ClusterError && error.status !== undefined) onAnswer()
    throw error
  }
}
