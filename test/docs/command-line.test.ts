import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, Option } from 'commander'
import { beforeAll, describe, expect, it } from 'vitest'
import { complete } from '../../kubectl-plugin/completion/complete.ts'
import { createProgram } from '../../kubectl-plugin/program.ts'
import { fakeSession } from '../support/fake-session.ts'
import { blocksOf, PAGES, readPage, ROOT, shownIn } from './pages.ts'

/** Scripts of the repository whose flags appear in pages as well. */
const SCRIPTS = ['release/release.ts', 'release/executable.ts', 'test/bench/run.ts', 'test/simulation/simulate.ts'].map((file) =>
  readFileSync(join(ROOT, file), 'utf8'),
)
const isOfScript = (flag: string): boolean =>
  SCRIPTS.some((source) => source.includes(`'${flag}'`) || new RegExp(`\\b${flag.slice(2)}: \\{ type:`).test(source))

/** Compares the README, the help and the completion with the program itself. */
let program: Command
beforeAll(async () => {
  program = await createProgram(fakeSession().session, { exitCode: 0 })
})

const names = (commands: readonly Command[]): string[] => commands.map((command) => command.name()).toSorted()
const optionsOf = (command: Command): readonly Option[] => command.createHelp().visibleOptions(command)

async function offered(...words: readonly string[]): Promise<string[]> {
  const nothing = (): Promise<readonly string[]> => Promise.resolve([])
  const sources = { namespaces: nothing, contexts: nothing, clusters: nothing, users: nothing, elections: nothing, candidates: nothing, nodes: nothing, zones: nothing }
  const completion = await complete(program, words, () => sources)
  return completion === 'files' ? [] : completion.map(({ value }) => value).toSorted()
}

describe('the commands', () => {
  it('are exactly the rows of the table in the README', () => {
    const rows = [...readPage('README.md').matchAll(/^\| `kubectl leader (\w+)[^`]*` \|/gm)].map(([, name]) => name!)
    expect(rows.toSorted()).toEqual(names(program.commands))
  })

  it('are all listed in the help, with a summary', () => {
    const listed = [...program.helpInformation().matchAll(/^ {2}(\w+)\S*.*? {2,}\S/gm)].map(([, name]) => name!)
    expect(listed.filter((name) => name !== 'help').toSorted()).toEqual(names(program.commands))
  })

  it('are all completed', async () => {
    expect((await offered('')).filter((name) => name !== 'help')).toEqual(names(program.commands))
  })

  it('describe each flag with one pair of brackets, which names what is required, possible and the default', () => {
    const all = program.commands.flatMap((command) => [command, ...command.commands])
    const faults = all.flatMap((command) => {
      const help = command.createHelp()
      return command.options
        .map((option) => ({ option, text: help.optionDescription(option) }))
        .filter(({ option, text }) => /\(.*\) \(|default: .*default: /.test(text) || (option.mandatory && option.defaultValue === undefined) !== text.endsWith('(required)'))
        .map(({ option, text }) => `${command.name()} ${option.flags}: ${text}`)
    })
    expect(faults).toEqual([])
  })

  it('complete all the flags that their help lists', async () => {
    for (const command of program.commands) {
      const listed = [...command.helpInformation().matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag!)
      expect.soft(await offered(command.name(), '-'), command.name()).toEqual(listed.toSorted())
    }
  })
})

describe('a command in a page', () => {
  const spans = PAGES.flatMap((page) => {
    const prose = readPage(page).replaceAll(/^```.*?^```$/gms, '')
    const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)
    const shown = blocksOf(page).flatMap((block) =>
      block.language === 'console' ? shownIn(block).map(({ command }) => command) : block.language === 'sh' ? block.text.split('\n') : [],
    )
    return [...inline, ...shown].map((code) => ({ page, code }))
  })
  const whole = spans.flatMap(({ page, code }) =>
    [...code.matchAll(/(?:kubectl leader|kubectl-leader) ([a-z][^|&;]*)/g)].map(([, words]) => ({ page, words: words!.trim() })),
  )
  /** Commands without the name of the program, like `list -A`. */
  const short = spans
    .filter(({ code }) => /^(list|describe|watch|wait|doctor|join|failover|release|logs|generate) \S/.test(code))
    .map(({ page, code }) => ({ page, words: code }))

  it('is found in the pages', () => expect(whole.length).toBeGreaterThan(30))

  it.each([...whole, ...short])('exists, with all its flags ($page): $words', ({ words }) => {
    const [, own] = /^(.*?)(?: -- .*)?$/.exec(words)!
    const [name, ...rest] = own!.split(/\s+/)
    if (name === 'COMMAND') return
    const command = program.commands.find((each) => [each.name(), ...each.aliases()].includes(name!))
    expect(command, `there is no command ${name!}`).toBeDefined()
    const known = optionsOf(command!).flatMap(({ long, short: letter }) => [long, letter])
    for (const flag of rest.filter((word) => /^--?[a-z]/i.test(word))) expect(known).toContain(flag.split('=')[0])
  })

  it('has only flags that a command or a script has', () => {
    const known = new Set(program.commands.flatMap((command) => [command, ...command.commands]).flatMap(optionsOf).flatMap(({ long, short: letter }) => [long, letter]))
    const flags = spans.filter(({ code }) => /^--?[a-z][a-z-]*( |=|$)/i.test(code)).map(({ code }) => code.split(/[ =]/)[0]!)
    expect([...new Set(flags)].filter((flag) => !known.has(flag) && !isOfScript(flag))).toEqual([])
  })
})
