import type { ApiClient } from '../../shared/cluster/client.ts'
import { watchElections, type ElectionFeed } from '../../shared/cluster/elections/election-watch.ts'
import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { aborted } from '../../shared/time/aborted.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { interruptedCode } from '../interruption.ts'
import { printText } from '../output/wrap.ts'
import type { Session } from '../session.ts'
import { printEvents } from './print-events.ts'
import { keepHeapSmall } from './small-heap.ts'
import { noticesOf, type WatchRequest } from './watch-request.ts'

/**
 * Watches until the user quits, the duration has passed, or the session is interrupted. Rejects with a ClusterError if the
 * first read fails. Later failures are shown, and retried.
 *
 * @param screen records that the full screen is shown, so that nothing else writes to the terminal.
 */
export async function watchWith(
  session: Session,
  client: ApiClient,
  request: WatchRequest,
  screen: { isDrawn: boolean } = { isDrawn: false },
): Promise<ExitCode> {
  session.signal.throwIfAborted()
  keepHeapSmall()
  const over = new AbortController()
  const end = (): void => over.abort()
  session.signal.addEventListener('abort', end)
  if (request.durationMs !== null) void session.clock.sleep(request.durationMs, over.signal).then(end, () => {})
  const { firstTimeoutMs } = request
  const feed = watchElections(client, session.clock, request.scope, over.signal, {
    ...(firstTimeoutMs !== undefined && { firstTimeoutMs }),
  })
  try {
    const ending = await show(session, client, feed, request, screen, over.signal)
    return ending === 'interrupted' || session.signal.aborted ? interruptedCode(session.signal) : ExitCode.done
  } finally {
    session.signal.removeEventListener('abort', end)
    end()
    await feed.ended
  }
}

async function show(
  session: Session,
  client: ApiClient,
  feed: ElectionFeed,
  request: WatchRequest,
  screen: { isDrawn: boolean },
  signal: AbortSignal,
): Promise<'ended' | 'interrupted'> {
  const isOnScreen = request.output === 'auto' && canTakeOver(session)
  if (!isOnScreen) printEvents(session, feed.store, request)
  if (!(await isReady(session, client, feed, request, signal))) return 'ended'
  if (isOnScreen) {
    const { watchOnScreen } = await import('./watch-on-screen.ts')
    screen.isDrawn = true
    const { namespaces } = request.scope
    const source = {
      store: feed.store,
      clock: session.clock,
      place: placeOf(client, request),
      notice: noticesOf(feed).join(' ') || null,
      hasNamespace: namespaces === 'all' || namespaces.length > 1,
    }
    return watchOnScreen(session, source, request, signal)
  }
  for (const notice of noticesOf(feed)) printText(session.stderr, harmless(notice))
  if (request.output !== 'json') tellMissing(session, feed, request)
  await aborted(signal)
  return 'ended'
}

/** Otherwise, a misspelled name would be waited for in silence. */
function tellMissing(session: Session, { store }: ElectionFeed, { scope }: WatchRequest): void {
  const found = new Set([...store].map(({ election }) => election.name))
  const where = scope.namespaces === 'all' ? 'in any namespace' : `in namespace "${scope.namespaces.join('", "')}"`
  for (const name of scope.names ?? []) {
    if (!found.has(name)) printText(session.stderr, harmless(`There is no ${(scope.locks ?? ['lease']).join(' or ')} "${name}" ${where} yet. Waiting until it is created.`))
  }
}

/** Whether the first state is complete; false if the watch was ended before that. */
async function isReady(
  session: Session,
  client: ApiClient,
  feed: ElectionFeed,
  { durationMs }: WatchRequest,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await feed.ready
    return true
  } catch (error) {
    if (!signal.aborted) throw error
    if (session.signal.aborted || durationMs === null) return false
    throw new CommandError(`${client.server} did not answer within ${durationText(durationMs)}.`, ExitCode.server)
  }
}

/** Whether there is a terminal for a full screen and its keys. */
export function canTakeOver({ stdin, stdout, env }: Session): boolean {
  return stdin.isTTY && stdout.isTTY && env['TERM'] !== 'dumb'
}

function placeOf(client: ApiClient, { scope }: WatchRequest): string {
  const context = client.contextName === null ? client.server : `context ${client.contextName} (${client.server})`
  const { namespaces } = scope
  return `${context}, ${namespaces === 'all' ? 'all namespaces' : `namespace ${namespaces.join(', ')}`}`
}
