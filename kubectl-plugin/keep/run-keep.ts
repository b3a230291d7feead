import { actor } from '../../shared/actions/actor.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { electionKeeper, KeepRefused, planKeep, type KeepPlan } from '../../shared/keep/keep-election.ts'
import type { KeepEvent } from '../../shared/keep/keeper.ts'
import type { ProcessSample } from '../../shared/keep/process/process-sample.ts'
import { processLook, ProcessWatch } from '../../shared/keep/process/process-watch.ts'
import type { ClusterLockAddress } from '../../shared/locks/lock-address.ts'
import { connectWith, contextText } from '../connection-flags.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { printText } from '../output/wrap.ts'
import { ask, canAsk } from '../question.ts'
import type { Session } from '../session.ts'
import { eventJson, eventLine, type KeepLine } from './event-text.ts'
import type { KeepFlags } from './keep-flags.ts'
import { planJson, planText, QUESTION, type ShownKeep } from './plan-text.ts'

/** A process that is to be observed, and how. */
interface Observed {
  readonly sample: ProcessSample
  readonly look: NonNullable<ReturnType<typeof processLook>>
}

/** Plans to keep a lease, asks for confirmation, and keeps it until the process ends. Resolves to the exit code. */
export async function runKeep(session: Session, { lock, name }: ClusterLockAddress, flags: KeepFlags): Promise<ExitCode> {
  const observed = observe(flags.pid)
  if (flags.identity === '') throw new CommandError('--identity is empty. Pass the holder identity of the program. No changes were made.')
  const isAsking = !(flags.yes ?? false)
  if (isAsking && !canAsk(session)) {
    throw new CommandError('keep needs your confirmation, but there is no terminal to ask on. To confirm, pass --yes. No changes were made.')
  }
  const client = await connectWith(session, flags)
  try {
    const place = { lock: lock ?? 'lease', namespace: client.namespace, name } as const
    const plan = await planKeep(client, { place, identity: flags.identity }, session.signal)
    const { maxHold: maxHoldMs, release: isReleasing, pid } = flags
    const shown: ShownKeep = { ...plan, identity: flags.identity, context: contextText(client, flags), pid, process: observed.sample, maxHoldMs, isReleasing }
    const explanation = planText(shown)
    if (isAsking) await ask(session, { explanation, question: QUESTION, otherwise: 'To confirm, pass --yes.', declined: 'Not kept.' })
    else if (flags.output !== 'json') printText(session.stdout, explanation)
    if (flags.output === 'json') print(session, planJson(shown))
    return await keep(session, client, plan, observed, flags)
  } catch (error) {
    if (error instanceof KeepRefused) throw new CommandError(`${error.message} No changes were made.`)
    throw error
  } finally {
    client.close()
  }
}

async function keep(session: Session, client: ApiClient, plan: KeepPlan, { sample, look }: Observed, flags: KeepFlags): Promise<ExitCode> {
  const { clock, signal } = session
  const { pid, identity, maxHold: maxHoldMs, release: isReleasing } = flags
  const course = { isKept: false, isLost: false }
  const tell = (event: KeepLine): void => {
    if (flags.output === 'json') print(session, eventJson(event), clock.wallMs())
    else if (event.type !== 'kept') printText(session.stdout, eventLine(event, { pid, identity, wallMs: clock.wallMs() }))
  }
  const onEvent = (event: KeepEvent): void => {
    if (event.type === 'keeping') course.isKept = true
    if (event.type === 'resumed') course.isKept = false
    if (event.type === 'not-kept' && course.isKept) course.isLost = true
    tell(event)
  }
  const { keeper, settled } = electionKeeper(client, plan, {
    ...{ clock, maxHoldMs, isReleasing, actor: actor(), program: `process ${pid}`, onEvent },
    isStopped: () => watch.isStopped(),
  })
  const listener = {
    onStopped: () => keeper.programStopped(),
    onResumed: () => keeper.programResumed(),
    onExited: (descendants: number) => tell({ type: 'exited', descendants }),
    onEnded: (isComplete: boolean) => keeper.programEnded(isComplete),
  }
  const watch = new ProcessWatch({ clock, pid, ...look, listener }, sample)
  const over = new AbortController()
  try {
    tell({ type: 'watching' })
    const running = keeper.run(signal)
    void watch.run(AbortSignal.any([signal, over.signal]))
    await running
    await settled()
    return course.isLost ? ExitCode.no : ExitCode.done
  } finally {
    over.abort()
  }
}

/** @throws CommandError if there is no such process, or processes cannot be observed on this platform */
function observe(pid: number): Observed {
  const look = processLook(process.platform)
  if (!look) throw new CommandError('keep can only observe processes on Linux and macOS. No changes were made.')
  const sample = look.look(pid)
  if (sample && sample.state !== 'ended') return { sample, look }
  throw new CommandError(`There is no process ${pid} on this machine, or it cannot be observed by this user. No changes were made.`)
}

function print(session: Session, object: object, wallMs = session.clock.wallMs()): void {
  session.stdout.write(`${JSON.stringify({ time: new Date(wallMs).toISOString(), ...object })}\n`)
}
