/** The commands, without the prefix `kubectlLeader.`: those in package.json, and those that only links in the view call. */
export const COMMANDS = [
  'refresh',
  'explain',
  'trySandbox',
  'stopSandbox',
  'filter',
  'clearFilter',
  'groupBy',
  'chooseCategories',
  'chooseContexts',
  'chooseNamespaces',
  'keepWatching',
  'stopKeepingWatch',
  'describe',
  'timeline',
  'failOver',
  'release',
  'join',
  'leave',
  'followLogs',
  'copyHolder',
  'copyName',
  'openTerminal',
  'showYaml',
] as const

export type CommandName = (typeof COMMANDS)[number]
