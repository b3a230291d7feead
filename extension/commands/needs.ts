import type * as vscode from 'vscode'
import type { Clock } from '../../shared/time/clock.ts'
import type { ClusterSession } from '../clusters/cluster-session.ts'
import type { Clusters } from '../clusters/clusters.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import type { KubeconfigSource } from '../clusters/kubeconfig-source.ts'
import type { LeasePauses } from '../debug/lease-pauses.ts'
import type { ElectionDocuments } from '../documents/election-documents.ts'
import type { PlanDocuments } from '../documents/plan-documents.ts'
import type { Candidacies } from '../joined/candidacies.ts'
import type { AllJoined } from '../joined/joined.ts'
import type { Log } from '../log.ts'
import type { Settings } from '../settings.ts'
import type { Memory } from '../memory/memory.ts'
import type { JoinTasks } from '../tasks/join-tasks.ts'
import type { Timelines } from '../timeline/index.ts'
import type { ElectionsTree } from '../tree/elections-tree.ts'
import type { Row } from '../tree/rows.ts'
import type { CommandName } from './command-names.ts'

/** All that commands use of this window. */
export interface CommandWindow {
  readonly clock: Clock
  readonly context: Pick<vscode.ExtensionContext, 'extension' | 'extensionUri' | 'globalState' | 'globalStorageUri' | 'subscriptions'>
  readonly clusters: Clusters
  readonly tree: ElectionsTree
  readonly view: Pick<vscode.TreeView<Row>, 'selection'>
  readonly candidacies: Candidacies
  readonly tasks: JoinTasks
  /** What this window has joined, with its own candidates and with tasks. */
  readonly joined: AllJoined
  /** Pauses of debugged programs. */
  readonly pauses: LeasePauses
  readonly documents: ElectionDocuments
  readonly plans: PlanDocuments
  readonly source: KubeconfigSource
  readonly timelines: Timelines
  readonly memory: Memory
  readonly settings: Settings
  readonly log: Log
  /** Runs a command, and shows its error to the person. */
  run(name: CommandName, args: readonly unknown[]): Promise<void>
  /** Shows a row in the view, and selects it. */
  reveal(row: Row): Promise<void>
  /** Starts or stops watching a context while the view is hidden. */
  pin(session: ClusterSession, isPinned: boolean): void
  /** The same for an election, which also comes first in the tree. */
  pinElection(handle: ElectionHandle, isPinned: boolean): void
  /** Shows only the elections that match the text; all if it is empty. */
  setFilter(text: string): void
}

/** What one command uses of this window. */
export type Needs<Parts extends keyof CommandWindow> = Pick<CommandWindow, Parts>
