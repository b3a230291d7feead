import type { Argument, Command, Option } from 'commander'

/** A completion of the word under the cursor. */
export interface Candidate {
  readonly value: string
  readonly description?: string
}

/** Completions from a cluster or a kubeconfig. If a source fails or is slow, completion offers nothing. */
export interface CompletionSources {
  namespaces(): Promise<readonly string[]>
  contexts(): Promise<readonly string[]>
  clusters(): Promise<readonly string[]>
  users(): Promise<readonly string[]>
  /** Names of elections in the cluster and namespace of the command line. */
  elections(): Promise<readonly string[]>
  /** Candidates of an election to hand leadership over to, as identities and as `pod/NAME`. @param election `[TYPE/]NAME` */
  candidates(election: string): Promise<readonly string[]>
  nodes(): Promise<readonly string[]>
  zones(): Promise<readonly string[]>
}

/** Completions of the last word, or `files` if the shell should offer files. */
export type Completion = readonly Candidate[] | 'files'

/**
 * Completes the last of `words`, the command line after the program's name.
 *
 * @param sourcesFor receives the command that the words name, with all options before the last word parsed.
 */
export async function complete(
  program: Command,
  words: readonly string[],
  sourcesFor: (command: Command) => CompletionSources,
): Promise<Completion> {
  const current = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const { command, rest } = commandOf(program, before)
  // Words after `--` belong to another program.
  if (rest.includes('--')) return 'files'

  const inline = /^--[^=]+=/.exec(current)?.[0]
  const pending = inline ? findOption(command, inline.slice(0, -1)) : pendingOption(command, rest)
  const operands = parse(command, pending && !inline ? rest.slice(0, -1) : rest)
  const sources = sourcesFor(command)

  if (pending) {
    const values = await optionValues(pending, sources, operands)
    return values === 'files' ? values : matching(values.map((each) => ({ ...each, value: (inline ?? '') + each.value })), current)
  }
  if (current.startsWith('-')) return matching(flagsOf(command, rest), current)
  if (command.commands.length > 0 && operands.length === 0) return matching(subcommandsOf(command), current)
  const argument = argumentAt(command, operands.length)
  if (!argument) return []
  const values = await argumentValues(argument, sources)
  const taken = new Set(operands)
  return matching(values.filter(({ value }) => !taken.has(value)), current)
}

/** The command that the words name, and its arguments. */
function commandOf(program: Command, words: readonly string[]): { command: Command; rest: readonly string[] } {
  let command = program
  let index = 0
  while (index < words.length) {
    const next = command.commands.find((each) => [each.name(), ...each.aliases()].includes(words[index]!))
    if (!next) break
    command = next
    index++
  }
  return { command, rest: words.slice(index) }
}

/** The option in the last word, if its value is still missing. */
function pendingOption(command: Command, words: readonly string[]): Option | undefined {
  let pending: Option | undefined
  for (const word of words) {
    const option = pending ? undefined : findOption(command, word)
    pending = option?.required ? option : undefined
  }
  return pending
}

/** Parses the options into the command, and returns the operands. Errors are left to the actual run. */
function parse(command: Command, words: readonly string[]): readonly string[] {
  command.exitOverride().configureOutput({ writeErr: () => undefined })
  try {
    return command.parseOptions([...words]).operands
  } catch {
    return words.filter((word) => !word.startsWith('-'))
  }
}

function findOption(command: Command, flag: string): Option | undefined {
  return optionsOf(command).find((option) => isFlag(option, flag))
}

function isFlag(option: Option, word: string): boolean {
  return word === option.long || word === option.short
}

function optionsOf(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command)
}

function flagsOf(command: Command, used: readonly string[]): Candidate[] {
  return optionsOf(command)
    .filter((option) => option.long !== undefined)
    .filter((option) => option.variadic || option.parseArg !== undefined || !used.some((word) => isFlag(option, word.split('=')[0]!)))
    .map((option) => ({ value: option.long!, description: option.description }))
}

function subcommandsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((each) => ({ value: each.name(), description: each.summary() || each.description() }))
}

function argumentAt(command: Command, position: number): Argument | undefined {
  const declared = command.registeredArguments
  const last = declared.at(-1)
  return declared[position] ?? (last?.variadic ? last : undefined)
}

async function optionValues(option: Option, sources: CompletionSources, operands: readonly string[]): Promise<Completion> {
  if (option.argChoices) return plain(option.argChoices)
  switch (option.long) {
    case '--namespace':
      return plain(await sources.namespaces())
    case '--context':
      return plain(await sources.contexts())
    case '--cluster':
      return plain(await sources.clusters())
    case '--user':
      return plain(await sources.users())
    case '--to':
      return plain(operands[0] === undefined ? [] : await sources.candidates(operands[0]))
    case '--not-on':
      return plain((await sources.nodes()).map((name) => `node/${name}`))
    case '--not-in':
      return plain((await sources.zones()).map((name) => `zone/${name}`))
    case '--on-node':
      return plain(await sources.nodes())
    case '--in-zone':
      return plain(await sources.zones())
    default:
      return /<(file|dir|path)>/.test(option.flags) ? 'files' : []
  }
}

async function argumentValues(argument: Argument, sources: CompletionSources): Promise<readonly Candidate[]> {
  if (argument.argChoices) return plain(argument.argChoices)
  return /^(\[?type\/\]?)?names?$/i.test(argument.name()) ? plain(await sources.elections()) : []
}

function plain(values: readonly string[]): Candidate[] {
  return values.map((value) => ({ value }))
}

function matching(candidates: readonly Candidate[], prefix: string): Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(prefix))
}
