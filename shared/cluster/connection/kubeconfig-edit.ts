import type * as YamlModule from 'js-yaml'
import type { AliasEvent, Event, ScalarEvent } from 'js-yaml'
import { firstDocument } from './kubeconfig-text.ts'

/** The fields of an oidc auth-provider that a renewal changes. */
export type TokenField = 'id-token' | 'refresh-token'

/** New values of some of these fields. */
export type Tokens = Readonly<Partial<Record<TokenField, string>>>

type Node =
  | { readonly kind: 'scalar'; readonly event: ScalarEvent; readonly text: string; readonly isPlain: boolean }
  | { readonly kind: 'mapping'; readonly isFlow: boolean; readonly pairs: readonly (readonly [key: Node, value: Node])[] }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'alias'; readonly event: AliasEvent; readonly target: Node | undefined }

type MappingNode = Extract<Node, { kind: 'mapping' }>

/**
 * Gives a kubeconfig's user other tokens: their values are replaced in place, and every other byte stays as it
 * is. A field that is not there yet is put before the first one. One that a merge key (`<<`) brings is put after that
 * key: for go-yaml v2, by which kubectl reads, a merge key replaces what stands before it.
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
  const { at, mergedAt } = placeOf(config, field)
  if (at <= mergedAt) return insertionOf(source, config, mergedAt + 1, field, token)
  const [key, value] = config.pairs[at]!
  if (key.kind !== 'scalar' || value.kind !== 'scalar' || value.event.anchorStart >= 0) return undefined
  const { style, valueStart: start, valueEnd: end } = value.event
  const { PLAIN, SINGLE_QUOTED, DOUBLE_QUOTED } = yaml.SCALAR_STYLE
  if (style === SINGLE_QUOTED || style === DOUBLE_QUOTED) return { start: start - 1, end: end + 1, put: JSON.stringify(token) }
  if (style === PLAIN && start >= 0) return { start, end, put: scalarOf(token) }
  if (style !== PLAIN) {
    // In a block scalar, the line break at its end would be part of the token.
    const header = /[|>][-+\d]*([ \t]*(?:#.*)?(?:\r?\n)?)$/.exec(source.slice(0, start))
    return header ? { start: header.index, end, put: scalarOf(token) + header[1]! } : undefined
  }
  // A key with nothing after its colon.
  const colon = source.indexOf(':', keyEnd(key.event, yaml)) + 1
  return { start: colon, end: colon, put: ` ${scalarOf(token)}` }
}

/** Puts a field before the pair of this index, or after the last one, if that is a merge key with an alias. */
function insertionOf(source: string, { pairs, isFlow }: MappingNode, at: number, field: string, token: string): Edit | undefined {
  const [key] = pairs[at] ?? pairs[at - 1] ?? []
  if (key?.kind !== 'scalar') return undefined
  const isQuoted = source[key.event.valueStart - 1] === '"' || source[key.event.valueStart - 1] === "'"
  const start = key.event.valueStart - (isQuoted ? 1 : 0)
  const indent = isFlow ? '' : /(?:^|\n)([ \t]*)$/.exec(source.slice(0, start))?.[1]
  if (indent === undefined) return undefined
  const lineEnd = source.includes('\r\n') ? '\r\n' : '\n'
  const pair = isFlow ? `${JSON.stringify(field)}: ${JSON.stringify(token)}` : `${field}: ${scalarOf(token)}`
  if (at < pairs.length) return { start, end: start, put: pair + (isFlow ? ', ' : lineEnd + indent) }
  const [, last] = pairs[at - 1]!
  if (last.kind !== 'alias') return undefined
  const aliasEnd = last.event.anchorEnd
  if (isFlow) return { start: aliasEnd, end: aliasEnd, put: `, ${pair}` }
  const end = aliasEnd + /^.*/.exec(source.slice(aliasEnd))![0].length
  return { start: end, end, put: lineEnd + indent + pair }
}

function keyEnd({ style, valueEnd }: ScalarEvent, { SCALAR_STYLE }: Yaml): number {
  return style === SCALAR_STYLE.PLAIN ? valueEnd : valueEnd + 1
}

/** A token as YAML: plain, as clientcmd writes it, if that cannot be read as anything else. */
function scalarOf(token: string): string {
  return /^[A-Za-z][\w.-]{5,}$/.test(token) ? token : JSON.stringify(token)
}

/** A mapping's own value for a key; undefined if a merge key after it has another. */
function valueOf(node: Node | undefined, key: string): Node | undefined {
  if (node?.kind !== 'mapping') return undefined
  const { at, mergedAt } = placeOf(node, key)
  return at > mergedAt ? node.pairs[at]![1] : undefined
}

/** The last pair with a key, and the last merge key that brings it; -1 for none. Whichever is later counts. */
function placeOf({ pairs }: MappingNode, key: string): { readonly at: number; readonly mergedAt: number } {
  return {
    at: pairs.findLastIndex(([each]) => textOf(each) === key),
    mergedAt: pairs.findLastIndex(([each, value]) => isMergeKey(each) && holds(value, key)),
  }
}

/** Whether what a merge key names has this key, itself or by a merge key of its own. */
function holds(merged: Node | undefined, key: string): boolean {
  switch (merged?.kind) {
    case 'mapping':
      return merged.pairs.some(([each, value]) => textOf(each) === key || (isMergeKey(each) && holds(value, key)))
    case 'sequence':
      return merged.items.some((item) => holds(item, key))
    case 'alias':
      return holds(merged.target, key)
    default:
      return false
  }
}

/** A quoted `<<` is a key like any other. */
function isMergeKey(key: Node): boolean {
  return key.kind === 'scalar' && key.text === '<<' && key.isPlain
}

function textOf(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' ? node.text : undefined
}

/** The first document as a tree with the position of each value. */
function treeOf(events: readonly Event[], { EVENT_ID, COLLECTION_STYLE, SCALAR_STYLE, getScalarValue }: Yaml, source: string): Node | undefined {
  const anchors = new Map<string, Node>()
  let next = 0
  const read = (): Node | undefined => {
    const event = events[next++]
    if (event?.type === EVENT_ID.ALIAS) {
      return { kind: 'alias', event, target: anchors.get(source.slice(event.anchorStart, event.anchorEnd)) }
    }
    const node = event && contentOf(event)
    if (node && 'anchorStart' in event && event.anchorStart >= 0) {
      anchors.set(source.slice(event.anchorStart, event.anchorEnd), node)
    }
    return node
  }
  const contentOf = (event: Event): Node | undefined => {
    switch (event.type) {
      case EVENT_ID.SCALAR: {
        const text = event.valueStart < 0 ? '' : getScalarValue(source, event)
        return { kind: 'scalar', event, text, isPlain: event.style === SCALAR_STYLE.PLAIN }
      }
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
