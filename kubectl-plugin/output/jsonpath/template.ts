import { CommandError } from '../../exit-code.ts'

/** One step of a path. Each step takes the values that the previous one found. */
export type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | { readonly kind: 'value'; readonly value: string | number | boolean }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number; readonly step?: number; readonly isIndex: boolean }
  | { readonly kind: 'filter'; readonly left: Path; readonly operator: string; readonly right: Path }
  | { readonly kind: 'union'; readonly paths: readonly Path[] }

export type Path = readonly Step[]

/** A part of a template: text, a path whose values are printed, or a range that is repeated for each value of a path. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'range'; readonly path: Path; readonly body: readonly Part[] }

/**
 * Parses a template of kubectl's JSONPath (Kubernetes' reference, "JSONPath Support"; client-go's `util/jsonpath`).
 *
 * @throws CommandError if the template is invalid; it quotes the template
 */
export function parseTemplate(template: string): readonly Part[] {
  const body: Part[] = []
  const open: Part[][] = []
  let current = body
  const reader = new Reader(template)
  for (;;) {
    const text = reader.takeUntil('{')
    if (text !== '') current.push({ kind: 'text', text })
    if (reader.isAtEnd) break
    reader.take('{')
    const { keyword, path } = readAction(reader)
    if (keyword === 'range') {
      const inner: Part[] = []
      current.push({ kind: 'range', path, body: inner })
      open.push(current)
      current = inner
    } else if (keyword === 'end') {
      const outer = open.pop()
      if (!outer) throw reader.wrong('{end} without {range}')
      current = outer
    } else {
      current.push({ kind: 'path', path })
    }
  }
  return body
}

function readAction(reader: Reader): { readonly keyword: string | undefined; readonly path: Path } {
  const keyword = reader.match(/\s*(range|end)(?=[\s.[{}@$])/y)?.[1]
  const path = readPath(reader)
  if (!reader.take('}')) throw reader.wrong('unclosed {')
  return { keyword, path }
}

/** Reads steps up to a closing brace or the end. */
function readPath(reader: Reader): Path {
  const steps: Step[] = []
  for (;;) {
    reader.match(/[ \t@$]+/y)
    if (reader.isAtEnd || reader.isAt('}')) return steps
    steps.push(...readStep(reader))
  }
}

function readStep(reader: Reader): Path {
  if (reader.take('..')) {
    const name = reader.match(FIELD)?.[0]
    return [{ kind: 'recursive' }, ...(name === undefined ? [] : [fieldOf(name)])]
  }
  if (reader.take('.')) {
    const name = reader.match(FIELD)?.[0]
    return name === undefined ? [] : [fieldOf(name)]
  }
  const quoted = reader.match(QUOTED)?.[0]
  if (quoted !== undefined) return [{ kind: 'value', value: unquoted(quoted, reader) }]
  const filter = reader.match(/\[\?\(((?:[^"'()\n]|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')*)\)\]/y)?.[1]
  if (filter !== undefined) return [readFilter(filter, reader)]
  const brackets = reader.match(/\[((?:'[^']*'|"[^"]*"|[^\]\n])*)\]/y)?.[1]
  if (brackets !== undefined) return readBrackets(brackets, reader)
  const number = reader.match(/[+-]?\d[\d.]*/y)?.[0]
  if (number !== undefined) return [{ kind: 'value', value: Number(number) }]
  const boolean = reader.match(/(?:true|false)(?![\w-])/y)?.[0]
  if (boolean !== undefined) return [{ kind: 'value', value: boolean === 'true' }]
  throw reader.wrong(`unexpected "${reader.rest.slice(0, 20)}"`)
}

/** The name of a field, up to a delimiter. A backslash escapes a delimiter. */
const FIELD = /(?:\\.|[^\s.,[\]$@{}\\])+/y
const QUOTED = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/y

function fieldOf(name: string): Step {
  return name === '*' ? { kind: 'wildcard' } : { kind: 'field', name: name.replace(/\\(.)/g, '$1') }
}

function readFilter(text: string, reader: Reader): Step {
  const [, left = text, operator = 'exists', right = ''] = /^([^!<>=]+)([!<>=]+)(.+)$/s.exec(text) ?? []
  if (!['exists', '==', '!=', '<', '<=', '>', '>='].includes(operator)) {
    throw reader.wrong(`"${operator}" is not an operator`)
  }
  return { kind: 'filter', left: readPath(reader.of(left)), operator, right: readPath(reader.of(right)) }
}

function readBrackets(text: string, reader: Reader): Path {
  const parts = text.match(/(?:'[^']*'|"[^"]*"|[^,])+/g) ?? []
  if (parts.length > 1) {
    return [{ kind: 'union', paths: parts.map((part) => readBrackets(part.trim(), reader)) }]
  }
  const key = /^(?:'([^']*)'|"([^"]*)")$/.exec(text)
  if (key) return [{ kind: 'field', name: (key[1] ?? key[2])!.replace(/\\(.)/g, '$1') }]
  if (text === '*') return [{ kind: 'slice', isIndex: false }]
  const slice = /^(-?\d+)?(?::(-?\d+)?)?(?::(-?\d+)?)?$/.exec(text)
  if (!slice || text === '') throw reader.wrong(`[${text}] is not a valid index`)
  const [from, to, step] = slice.slice(1).map((part: string | undefined) => (part === undefined ? undefined : Number(part)))
  return [
    {
      kind: 'slice',
      isIndex: !text.includes(':'),
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(step !== undefined && { step }),
    },
  ]
}

/** Replaces the escapes of Go strings that templates use. */
function unquoted(text: string, reader: Reader): string {
  return text.slice(1, -1).replace(/\\(u[\da-fA-F]{4}|x[\da-fA-F]{2}|.)/g, (_, escape: string) => {
    if (escape.length > 1) return String.fromCodePoint(parseInt(escape.slice(1), 16))
    const plain = ESCAPES[escape]
    if (plain === undefined) throw reader.wrong(`\\${escape} is not a valid escape`)
    return plain
  })
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'" }

class Reader {
  readonly #text: string
  readonly #whole: string
  #at = 0

  constructor(text: string, whole = text) {
    this.#text = text
    this.#whole = whole
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length
  }

  get rest(): string {
    return this.#text.slice(this.#at)
  }

  /** A reader of a part. Its errors quote the whole template. */
  of(part: string): Reader {
    return new Reader(part, this.#whole)
  }

  isAt(text: string): boolean {
    return this.#text.startsWith(text, this.#at)
  }

  take(text: string): boolean {
    const isThere = this.isAt(text)
    if (isThere) this.#at += text.length
    return isThere
  }

  takeUntil(text: string): string {
    const end = this.#text.indexOf(text, this.#at)
    const taken = this.#text.slice(this.#at, end < 0 ? undefined : end)
    this.#at += taken.length
    return taken
  }

  /** @param pattern sticky */
  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match) this.#at += match[0].length
    return match
  }

  wrong(problem: string): CommandError {
    return new CommandError(`"${this.#whole}" is not a valid JSONPath template: ${problem}.`)
  }
}
