import type { Command } from 'commander'
import type { Session } from './session.ts'

/** The outcome of a run. It starts as `done`, and commands set it. */
export interface Outcome {
  exitCode: number
}

/** Declares a command to commander. */
export type Register = (program: Command, session: Session, outcome: Outcome) => void

/** A command, with its name and aliases. */
export type CommandEntry = readonly [names: readonly string[], load: () => Register | Promise<Register>]

/** All commands, in the order of the help. The code of a command is loaded when it is called. */
export const COMMANDS: readonly CommandEntry[] = [
  [['list', 'get', 'ls'], async () => (await import('./commands/list.ts')).registerList],
  [['describe'], async () => (await import('./commands/describe.ts')).registerDescribe],
  [['candidates'], async () => (await import('./commands/candidates.ts')).registerCandidates],
  [['nodes'], async () => (await import('./commands/nodes.ts')).registerNodes],
  [['watch'], async () => (await import('./commands/watch.ts')).registerWatch],
  [['wait'], async () => (await import('./commands/wait.ts')).registerWait],
  [['doctor'], async () => (await import('./commands/doctor.ts')).registerDoctor],
  [['join'], async () => (await import('./commands/join.ts')).registerJoin],
  [['failover'], async () => (await import('./commands/failover.ts')).registerFailover],
  [['block'], async () => (await import('./commands/block.ts')).registerBlock],
  [['rehearse'], async () => (await import('./commands/rehearse.ts')).registerRehearse],
  [['release'], async () => (await import('./commands/release.ts')).registerRelease],
  [['keep'], async () => (await import('./commands/keep.ts')).registerKeep],
  [['logs'], async () => (await import('./commands/logs.ts')).registerLogs],
  [['export'], async () => (await import('./commands/export.ts')).registerExport],
  [['record'], async () => (await import('./commands/record.ts')).registerRecord],
  [['history'], async () => (await import('./commands/history.ts')).registerHistory],
  [['label'], async () => (await import('./commands/label.ts')).registerLabel],
  [['generate'], async () => (await import('./commands/generate.ts')).registerGenerate],
  [['sandbox'], async () => (await import('./commands/sandbox.ts')).registerSandbox],
  [['completion'], async () => (await import('./commands/completion.ts')).registerCompletion],
  [['version'], async () => (await import('./commands/version.ts')).registerVersion],
]
