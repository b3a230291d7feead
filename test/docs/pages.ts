import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The pages for readers, as paths from the root. The READMEs in examples/ have tests of their own. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'extension/README.md',
  ...readdirSync(`${ROOT}/docs`).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`),
]

export function readPage(page: string): string {
  return readFileSync(`${ROOT}/${page}`, 'utf8')
}

export function writePage(page: string, text: string): void {
  writeFileSync(`${ROOT}/${page}`, text)
}

/** A fenced block. */
export interface Block {
  readonly language: string
  readonly text: string
}

export function blocksOf(page: string): readonly Block[] {
  return [...readPage(page).matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text]) => ({ language: language!, text: text! }))
}

/** A command in a `console` block, and the output below it. */
export interface Shown {
  readonly command: string
  readonly output: string
}

/** In a `console` block, `$ ` starts a command, `> ` continues one that ends in a backslash, and the rest is output. */
export function shownIn({ text }: Block): readonly Shown[] {
  return text.split(/^\$ /m).slice(1).map((part) => {
    const [, command, output] = /^((?:.*\\\n> )*.*)\n([^]*)$/.exec(part)!
    return { command: command!, output: output! }
  })
}

export function blockText(commands: readonly Shown[]): string {
  return commands.map(({ command, output }) => `$ ${command}\n${output}`).join('')
}

/** The lines of the `sh` blocks, which show no output: one command per line, without comments. */
export function plainCommands(page: string): readonly string[] {
  return blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.replaceAll('\\\n', '').split('\n'))
    .map((line) => line.replace(/ {2,}#.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}
