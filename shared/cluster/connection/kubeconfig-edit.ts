import type * as YamlModule from 'js-yaml'
import type { Event, ScalarEvent } from 'js-yaml'
import { firstDocument } from './kubeconfig-text.ts'

/** The fields of an oidc auth-provider that a renewal changes. */
export type TokenField = 'id-token' | 'refresh-token'

/** New values of some of these fields. */
export type Tokens = Readonly<Partial<Record<TokenField, string>>>

type Node =
  | { readonly kind: 'scalar'; readonly event: ScalarEvent; readonly text: string }
  | { readonly kind: 'mapping'; readonly isFlow: boolean; readonly pairs: readonly (readonly [key: Node, value: Node])[] }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'alias' }

type MappingNode = Extract<Node, { kind: 'mapping' }>

/**
 * Gives a kubeconfig's user other tokens: their values are replaced in place, and every other byte stays as it
 * is. A field that is not there yet is put before the one that is.
 *
 * @returns undefined if the file is laid out so that this can't be done, as where the values are shared by an alias
 */
export async function replaceTokens(
  text: string,
  userName: string,
  tokens: Tokens,
): Promise<string | undefined> {
  const yaml = await import('js-yaml')
  const source = firstDocument(text)
  const root = treeOf(yaml.parseEvents(source, {}), yaml, source)
  const users = valueOf(root, 'users')
  const entries = users?.kind === 'sequence' ? users.items : []
  const entry = entries.find((each) => textOf(valueOf(each, 'name')) === userName)
  const config = ['user', 'auth-provider', 'config'].reduce<Node | undefined>(valueOf, entry)
  if (config?.kind !== 'mapping') return undefined

  const edits: Edit[] = []
  for (const [field, token] of Object.entries(tokens)) {
    const edit = editOf(source, config, field, token, yaml)
    if (!edit) return undefined
    edits.push(edit)
  }
  // From the end on, so that the places before stay where they are.
  edits.sort((one, other) => other.start - one.start || other.end - one.end)
  return edits.reduce((changed, { start, end, put }) => changed.slice(0, start) + put + changed.slice(end), text)
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly put: string
}

type Yaml = typeof YamlModule

function editOf(source: string, config: MappingNode, field: string, token: string, yaml: Yaml): Edit | undefined {
  const pair = config.pairs.findLast(([key]) => textOf(key) === field)
  if (!pair) return insertionOf(source, config, field, token)
  const [key, value] = pair
  if (key.kind !== 'scalar' || value.kind !== 'scalar' || value.event.anchorStart >= 0) return undefined
  const { style, valueStart: start, valueEnd: end } = value.event
  const { PLAIN, SINGLE_QUOTED, DOUBLE_QUOTED } = yaml.SCALAR_STYLE
  if (style === SINGLE_QUOTED || style === DOUBLE_QUOTED) return { start: start - 1, end: end + 1, put: JSON.stringify(token) }
  if (style === PLAIN && start >= 0) return { start, end, put: scalarOf(token) }
  if (style !== PLAIN) return { start, end, put: `${/^[ \t]*/.exec(source.slice(start, end))![0]}${token}\n` }
  // A key with nothing after its colon.
  const colon = source.indexOf(':', keyEnd(key.event, yaml)) + 1
  return { start: colon, end: colon, put: ` ${scalarOf(token)}` }
}

/** Puts a field before the first that is there. */
function insertionOf(source: string, { pairs, isFlow }: MappingNode, field: string, token: string): Edit | undefined {
  const [first] = pairs[0] ?? []
  if (first?.kind !== 'scalar') return undefined
  const isQuoted = source[first.event.valueStart - 1] === '"' || source[first.event.valueStart - 1] === "'"
  const start = first.event.valueStart - (isQuoted ? 1 : 0)
  const indent = /(?:^|\n)([ \t]*)$/.exec(source.slice(0, start))?.[1]
  if (isFlow) return { start, end: start, put: `${JSON.stringify(field)}: ${JSON.stringify(token)}, ` }
  if (indent === undefined) return undefined
  const lineEnd = source.includes('\r\n') ? '\r\n' : '\n'
  return { start, end: start, put: `${field}: ${scalarOf(token)}${lineEnd}${indent}` }
}

function keyEnd({ style, valueEnd }: ScalarEvent, { SCALAR_STYLE }: Yaml): number {
  return style === SCALAR_STYLE.PLAIN ? valueEnd : valueEnd + 1
}

/** A token as YAML: plain, as clientcmd writes it, if that cannot be read as anything else. */
function scalarOf(token: string): string {
  return /^[A-Za-z][\w.-]{5,}$/.test(token) ? token : JSON.stringify(token)
}

function valueOf(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === 'mapping' ? node.pairs.findLast(([each]) => textOf(each) === key)?.[1] : undefined
}

function textOf(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' ? node.text : undefined
}

/** The first document as a tree with the position of each value. */
function treeOf(events: readonly Event[], { EVENT_ID, COLLECTION_STYLE, getScalarValue }: Yaml, source: string): Node | undefined {
  let next = 0
  const read = (): Node | undefined => {
    const event = events[next++]
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return { kind: 'scalar', event, text: event.valueStart < 0 ? '' : getScalarValue(source, event) }
      case EVENT_ID.ALIAS:
        return { kind: 'alias' }
      case EVENT_ID.SEQUENCE:
        return { kind: 'sequence', items: [...readAll()] }
      case EVENT_ID.MAPPING: {
        const all = [...readAll()]
        const pairs = all.flatMap((key, index) => (index % 2 === 0 ? [[key, all[index + 1]!] as const] : []))
        return { kind: 'mapping', isFlow: event.style === COLLECTION_STYLE.FLOW, pairs }
      }
      default:
        return undefined
    }
  }
  function* readAll(): Generator<Node> {
    for (let node = read(); node; node = read()) yield node
  }
  return events[next]?.type === EVENT_ID.DOCUMENT ? (next++, read()) : undefined
}
