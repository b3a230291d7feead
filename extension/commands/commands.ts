import type { App } from '../app.ts'
import type { Row } from '../tree/rows.ts'
import { chooseCategories } from './choose-categories.ts'
import { chooseContexts } from './choose-contexts.ts'
import { chooseNamespaces } from './choose-namespaces.ts'
import type { CommandName } from './command-names.ts'
import { copyHolder, copyName } from './copy.ts'
import { explain } from './explain.ts'
import { failOver } from './fail-over.ts'
import { clearFilter, filter } from './filter.ts'
import { followLogs } from './follow-logs.ts'
import { groupBy } from './group-by.ts'
import { join } from './join.ts'
import { keepWatching, stopKeepingWatch } from './keep-watching.ts'
import { leave } from './leave.ts'
import { openTerminal } from './open-terminal.ts'
import { refresh } from './refresh.ts'
import { release } from './release.ts'
import { stopSandbox, trySandbox } from './sandbox.ts'
import { describe, showYaml } from './show-document.ts'
import { timeline } from './timeline.ts'

/** The implementation of a command. The row is the one whose menu it was called from, if any. */
export type Command = (app: App, row: Row | undefined) => void | Promise<void>

export const commands: Readonly<Record<CommandName, Command>> = {
  refresh,
  explain,
  trySandbox,
  stopSandbox,
  filter,
  clearFilter,
  groupBy,
  chooseCategories,
  chooseContexts,
  chooseNamespaces,
  keepWatching,
  stopKeepingWatch,
  describe,
  timeline,
  failOver,
  release,
  join,
  leave,
  followLogs,
  copyHolder,
  copyName,
  openTerminal,
  showYaml,
}
