import * as vscode from 'vscode'
import { candidateIdentity } from '../../shared/election/identity.ts'
import type { StopReason } from '../../shared/election/machine/protocol.ts'
import { isBlocking } from '../../shared/lease/placeholder.ts'
import type { ElectionRecord } from '../../shared/lease/record.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { errorText } from '../advice.ts'
import type { Clusters } from '../clusters/clusters.ts'
import { ElectionHandle } from '../clusters/election-handle.ts'
import { followElection } from '../clusters/follow-election.ts'
import { usualMaxHoldMs } from '../commands/max-hold.ts'
import { terminalEnvironment, type TerminalSurroundings } from '../commands/terminal-environment.ts'
import type { Joined, JoinedNews, JoinedSource } from '../joined/joined.ts'
import { Listeners } from '../listeners.ts'
import { checkDefinition, TASK_TYPE } from './join-definition.ts'
import { definitionOf, identityOf, joinExecution, taskName, type JoinTask } from './join-task.ts'

type Surroundings = TerminalSurroundings & {
  readonly clusters: Clusters
  readonly context: Pick<vscode.ExtensionContext, 'extensionUri'>
  readonly clock: Clock
}

/** A release this soon before the maximum hold time is because of it: this window counts from when it saw the term begin. */
const HOLD_TOLERANCE_MS = 3_000

/** The tasks of this type: those of tasks.json, and those that *Join Election* starts. Those that run are joined elections. */
export class JoinTasks implements vscode.TaskProvider, JoinedSource, vscode.Disposable {
  readonly #surroundings: Surroundings
  /** By identity: what a task will do once it runs. */
  readonly #prepared = new Map<string, JoinTask>()
  readonly #running = new Map<vscode.TaskExecution, RunningTask>()
  readonly #changes = new Listeners<void>()
  readonly #news = new Listeners<JoinedNews>()
  readonly #registrations: vscode.Disposable

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
    this.#registrations = vscode.Disposable.from(
      vscode.tasks.registerTaskProvider(TASK_TYPE, this),
      vscode.tasks.onDidStartTaskProcess(({ execution, processId }) => this.#started(execution, processId)),
      vscode.tasks.onDidEndTask(({ execution }) => this.#ended(execution)),
    )
  }

  get all(): readonly Joined[] {
    return [...this.#running.values()]
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener)
  }

  onNews(listener: (news: JoinedNews) => void): () => void {
    return this.#news.add(listener)
  }

  /** There are none without a command, which only tasks.json or the person can name. */
  provideTasks(): vscode.Task[] {
    return []
  }

  /** @throws Error if the definition is not valid, or its context is not known */
  async resolveTask(task: vscode.Task): Promise<vscode.Task> {
    const { definition, scope, name, source } = task
    const { lock, name: election, namespace, context, command, isTaking, maxHoldMs } = checkDefinition(definition)
    const { session, namespace: usualNamespace } = await this.#surroundings.clusters.sessionFor(context)
    const handle = new ElectionHandle(session, { lock, name: election, namespace: namespace ?? usualNamespace })
    const planned = { handle, command, isTaking, maxHoldMs: maxHoldMs ?? usualMaxHoldMs(), identity: candidateIdentity(), isConfirmed: false }
    return this.#prepare(planned, definition, scope ?? vscode.TaskScope.Workspace, name, source)
  }

  /** Runs a task that the person has confirmed. */
  async run(planned: Omit<JoinTask, 'isConfirmed'>): Promise<void> {
    const task = { ...planned, isConfirmed: true }
    const { handle } = task
    await vscode.tasks.executeTask(
      await this.#prepare(task, definitionOf(task), vscode.TaskScope.Global, taskName(handle), vscode.l10n.t('Leader Elections')),
    )
  }

  dispose(): void {
    this.#registrations.dispose()
    for (const running of this.#running.values()) running.end()
  }

  async #prepare(
    planned: JoinTask,
    definition: vscode.TaskDefinition,
    scope: vscode.TaskScope | vscode.WorkspaceFolder,
    name: string,
    source: string,
  ): Promise<vscode.Task> {
    const environment = await terminalEnvironment(this.#surroundings, planned.handle.session)
    const execution = joinExecution(planned, environment, this.#surroundings.context.extensionUri)
    const task = new vscode.Task(definition, scope, name, source, execution, [])
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.New, echo: false, focus: !planned.isConfirmed }
    this.#prepared.set(planned.identity, planned)
    return task
  }

  #started(execution: vscode.TaskExecution, pid: number): void {
    const planned = this.#prepared.get(identityOf(execution.task) ?? '')
    if (!planned) return
    const running = new RunningTask(planned, this.#surroundings, {
      onChange: () => this.#changes.tell(undefined),
      onNews: (news) => this.#news.tell(news),
      stop: () => stop(execution, pid),
    })
    this.#running.set(execution, running)
    this.#changes.tell(undefined)
  }

  #ended(execution: vscode.TaskExecution): void {
    const running = this.#running.get(execution)
    if (!running) return
    this.#running.delete(execution)
    running.end()
    this.#changes.tell(undefined)
  }
}

/** Ends `join` as Ctrl-C does: it stops the command, and then releases the lease. */
function stop(execution: vscode.TaskExecution, pid: number): void {
  if (process.platform === 'win32') execution.terminate()
  else process.kill(pid, 'SIGTERM')
}

interface RunningTaskHooks {
  readonly onChange: () => void
  readonly onNews: (news: JoinedNews) => void
  readonly stop: () => void
}

/** A task that runs. Whether it leads is read from the election, where its identity is the holder. */
class RunningTask implements Joined {
  readonly by = 'task'
  readonly handle: ElectionHandle
  readonly identity: string
  readonly extend = null
  isLeading = false
  releasesAtWallMs: number | null = null
  problem: string | null = null
  readonly #maxHoldMs: number
  readonly #clock: Clock
  readonly #hooks: RunningTaskHooks
  readonly #over = new AbortController()
  readonly #ended = Promise.withResolvers<undefined>()

  constructor({ handle, identity, maxHoldMs }: JoinTask, { clusters, clock }: Surroundings, hooks: RunningTaskHooks) {
    this.handle = handle
    this.identity = identity
    this.#maxHoldMs = maxHoldMs
    this.#clock = clock
    this.#hooks = hooks
    const { lock, namespace, name, session } = handle
    const connect = (dead: ApiClient | null): Promise<ApiClient> => clusters.current(session).client(dead)
    void followElection(
      { lock, namespace, name, connect },
      clock,
      {
        onStore: (store) => {
          store.onReading(({ election }) => this.#read(election.record))
          store.onEvent(({ type }) => type === 'deleted' && this.#lost('deleted'))
        },
        onReady: () => this.#setProblem(null),
        onFailure: (error) => this.#setProblem(errorText(error)),
      },
      this.#over.signal,
    )
  }

  async leave(): Promise<void> {
    this.#hooks.stop()
    await this.#ended.promise
  }

  /** The task has ended. */
  end(): void {
    this.#over.abort()
    this.#ended.resolve(undefined)
  }

  #read({ holderIdentity }: ElectionRecord): void {
    if (holderIdentity !== this.identity) return this.#lost(this.#reasonFor(holderIdentity))
    if (this.isLeading) return
    this.isLeading = true
    this.releasesAtWallMs = this.#maxHoldMs === 0 ? null : this.#clock.wallMs() + this.#maxHoldMs
    this.#hooks.onNews({ joined: this, type: 'started-leading' })
    this.#hooks.onChange()
  }

  #reasonFor(holderIdentity: string): StopReason {
    if (isBlocking(holderIdentity)) return 'blocked'
    if (holderIdentity !== '') return 'taken'
    const { releasesAtWallMs } = this
    return releasesAtWallMs !== null && this.#clock.wallMs() >= releasesAtWallMs - HOLD_TOLERANCE_MS ? 'max-hold' : 'stopped'
  }

  #lost(reason: StopReason): void {
    if (!this.isLeading) return
    this.isLeading = false
    this.releasesAtWallMs = null
    this.#hooks.onNews({ joined: this, type: 'stopped-leading', reason })
    this.#hooks.onChange()
  }

  #setProblem(problem: string | null): void {
    if (this.problem === problem) return
    this.problem = problem
    this.#hooks.onChange()
  }
}
