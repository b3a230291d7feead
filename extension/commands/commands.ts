import { debugWhileLeading, holdOptions } from '../debug/commands.ts'
import { debugTried, tryDebugging } from '../debug/try-debugging.ts'
import type { Row } from '../tree/rows.ts'
import { chooseCategories, chooseContexts, chooseKubeconfig, chooseNamespaces, clearFilter, filter, groupBy, openSettings } from './choose-shown.ts'
import type { CommandName } from './command-names.ts'
import { explain, keepWatching, pinElection, reconnect, refresh, showLog, stopKeepingWatch, unpinElection } from './connection.ts'
import { emptyNode } from './empty-node.ts'
import { failOver } from './fail-over.ts'
import { followLogs } from './follow-logs.ts'
import { join, joinedActions, leave } from './join.ts'
import { hideContext, hideNamespace, showAllNamespaces, showOnlyContext, showOnlyNamespace } from './narrow.ts'
import type { CommandWindow } from './needs.ts'
import { openRecording } from './open-recording.ts'
import { release } from './release.ts'
import { stopSandbox, trySandbox } from './sandbox.ts'
import { clearKeptTimelines, copy, copyHolder, copyLink, copyName, describe, exportTimelineJson, exportTimelineSvg, showEvents, showYaml, timeline, toggleTimeline } from './show.ts'
import { openTerminal } from './terminals.ts'

/**
 * The implementation of a command. The row is the one whose menu it was called from, if any; the rows are all that were
 * selected then, if it is one of them.
 */
export type Command = (app: CommandWindow, row: Row | undefined, rows: readonly Row[]) => void | Promise<void>

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
  reconnect,
  hideContext,
  showOnlyContext,
  hideNamespace,
  showOnlyNamespace,
  showAllNamespaces,
  keepWatching,
  stopKeepingWatch,
  pinElection,
  unpinElection,
  showLog,
  describe,
  timeline,
  pauseTimeline: toggleTimeline,
  followTimeline: toggleTimeline,
  exportTimelineJson,
  exportTimelineSvg,
  clearKeptTimelines,
  openRecording,
  failOver,
  emptyNode,
  release,
  join,
  leave,
  debugWhileLeading,
  holdOptions,
  tryDebugging,
  debugTried,
  joinedActions,
  followLogs,
  copy,
  copyLink,
  copyHolder,
  copyName,
  openTerminal,
  showYaml,
  showEvents,
}
