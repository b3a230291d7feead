import { debugWhileLeading, holdOptions } from '../debug/commands.ts'
import { debugTried, tryDebugging } from '../debug/try-debugging.ts'
import type { Row } from '../tree/rows.ts'
import { chooseCategories, chooseContexts, chooseKubeconfig, chooseNamespaces, clearFilter, filter, groupBy, openSettings } from './choose-shown.ts'
import type { CommandName } from './command-names.ts'
import { explain, keepWatching, refresh, stopKeepingWatch } from './connection.ts'
import { failOver } from './fail-over.ts'
import { followLogs } from './follow-logs.ts'
import { join, joinedActions, leave } from './join.ts'
import type { CommandWindow } from './needs.ts'
import { release } from './release.ts'
import { stopSandbox, trySandbox } from './sandbox.ts'
import { copyHolder, copyName, describe, exportTimelineJson, exportTimelineSvg, showYaml, timeline, toggleTimeline } from './show.ts'
import { openTerminal } from './terminals.ts'

/** The implementation of a command. The row is the one whose menu it was called from, if any. */
export type Command = (app: CommandWindow, row: Row | undefined) => void | Promise<void>

export const commands: Readonly<Record<CommandName, Command>> = {
  refresh,
  explain,
  trySandbox,
  stopSandbox,
  filter,
  clearFilter,
  groupBy,
  chooseCategories,
  chooseKubeconfig,
  openSettings,
  chooseContexts,
  chooseNamespaces,
  keepWatching,
  stopKeepingWatch,
  describe,
  timeline,
  pauseTimeline: toggleTimeline,
  followTimeline: toggleTimeline,
  exportTimelineJson,
  exportTimelineSvg,
  failOver,
  release,
  join,
  leave,
  debugWhileLeading,
  holdOptions,
  tryDebugging,
  debugTried,
  joinedActions,
  followLogs,
  copyHolder,
  copyName,
  openTerminal,
  showYaml,
}
