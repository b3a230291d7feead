import { columnsOf } from '../../shared/text-columns.ts'

/** A bullet or a label, below whose text the next lines begin. */
const HANGING = /^ *(?:- |[A-Z][\w ]*: +)?/
/** No deeper than this, so that text remains beside it on a narrow terminal. */
const DEEPEST = 16

/**
 * Breaks the lines of a text between words, to the width of a terminal. A longer word, such as an identity, stays whole, so that
 * it can be copied. Lines with columns of their own (two spaces within them) are left as they are.
 *
 * @param stream where it is written. If that is not a terminal, nothing is broken.
 */
export function wrapped(text: string, { isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>): string {
  if (!isTTY || !(columns > 0)) return text
  return text.split('\n').map((line) => wrappedLine(line, columns)).join('\n')
}

/** Writes a text and a line break, {@link wrapped} to the terminal that it is written to. */
export function printText(stream: NodeJS.WriteStream, text: string): void {
  stream.write(`${wrapped(text, stream)}\n`)
}

function wrappedLine(line: string, columns: number): string {
  const [prefix] = HANGING.exec(line)!
  const words = line.slice(prefix.length).split(' ')
  if (columnsOf(line) <= columns || words.includes('')) return line
  const indent = ' '.repeat(Math.min(columnsOf(prefix), DEEPEST))
  const lines = [prefix + words[0]!]
  for (const word of words.slice(1)) {
    const last = lines.at(-1)!
    if (columnsOf(last) + 1 + columnsOf(word) <= columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(indent + word)
  }
  return lines.join('\n')
}
