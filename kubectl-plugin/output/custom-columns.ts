import { harmless } from '../../shared/lease/harmless.ts'
import { CommandError } from '../exit-code.ts'
import { NONE } from './election-text.ts'
import { find, textOf } from './jsonpath/evaluate.ts'
import { parseTemplate } from './jsonpath/template.ts'
import type { Column } from './table.ts'

/**
 * The columns of `-o custom-columns=HOLDER:.holderIdentity,…`, parsed as in kubectl.
 *
 * @throws CommandError if the text is not a list of HEADING:PATH
 */
export function customColumns(spec: string): readonly Column<object>[] {
  if (spec === '') throw new CommandError('custom-columns needs columns, for example custom-columns=NAME:.name,HOLDER:.holderIdentity.')
  return spec.split(',').map((column) => {
    const colon = column.indexOf(':')
    const heading = column.slice(0, colon)
    if (colon < 1 || colon === column.length - 1) {
      throw new CommandError(`"${column}" is not a valid column. Use HEADING:PATH, for example HOLDER:.holderIdentity.`)
    }
    const [part] = parseTemplate(relaxed(column.slice(colon + 1)))
    const path = part?.kind === 'path' ? part.path : []
    return { heading, cell: (object) => find(path, object).map(cellText).join(',') || NONE }
  })
}

function cellText(value: unknown): string {
  return value === null ? NONE : harmless(textOf(value))
}

/** Accepts `name`, `.name`, `{name}` and `{.name}`. */
function relaxed(path: string): string {
  const bare = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(path)
  if (!bare) throw new CommandError(`"${path}" is not a valid path. Use a path like .name or {.name}.`)
  return `{.${bare[1] ?? bare[2]}}`
}
