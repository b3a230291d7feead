import { isUtf8 } from 'node:buffer'
import type * as YamlModule from 'js-yaml'
import { kubeconfigError } from './kubeconfig-fields.ts'
import { phrase } from '../../phrase.ts'

/** A file's text, and how to write it again in the same encoding. */
export interface EncodedText {
  readonly text: string
  encode(text: string): Buffer
}

/**
 * Decodes UTF-8, or UTF-16 with a byte order mark (as PowerShell's `>` writes it), which go-yaml reads as well.
 *
 * @throws TypeError at other text
 */
export function decodeText(bytes: Buffer): EncodedText {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    return { text: bytes.toString('utf16le', 2), encode: (text) => Buffer.from(`\uFEFF${text}`, 'utf16le') }
  }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    const swapped = Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16()
    return { text: swapped.toString('utf16le', 2), encode: (text) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16() }
  }
  if (!isUtf8(bytes)) throw new TypeError('it is not UTF-8 text')
  const text = bytes.toString('utf8')
  if (!text.startsWith('\uFEFF')) return { text, encode: (changed) => Buffer.from(changed, 'utf8') }
  return { text: text.slice(1), encode: (changed) => Buffer.from(`\uFEFF${changed}`, 'utf8') }
}

/**
 * The text of the first YAML document; clientcmd reads no further, so what follows may be anything. A line that starts
 * with one of the markers ends a document, whatever it is in.
 */
export function firstDocument(text: string): string {
  for (const { 0: marker, index } of text.matchAll(/^(?:---|\.\.\.)(?=\s|$)/gm)) {
    if (marker === '...' || hasContent(text.slice(0, index))) return text.slice(0, index)
  }
  return text
}

/** Whether there is more than blank lines, comments and directives. */
function hasContent(text: string): boolean {
  return text.split('\n').some((line) => !/^(?:\s*(?:#.*)?|%.*)$/.test(line))
}

/**
 * Parses the text of a kubeconfig as clientcmd's YAML parser does (sigs.k8s.io/yaml, on go-yaml v2): YAML with the
 * booleans and numbers of version 1.1, unknown tags ignored, of a key given twice the last. No document at all is
 * undefined.
 *
 * @throws ClusterError of kind `config`
 */
export async function parseKubeconfigText(text: string, file: string): Promise<unknown> {
  // JSON, which the sandbox and some tools write, spares loading the YAML parser.
  if (text.trimStart().startsWith('{') && !text.includes(ESCAPED_SLASH)) {
    try {
      return JSON.parse(text)
    } catch {
      // A YAML flow mapping starts the same way.
    }
  }
  const yaml = await import('js-yaml')
  const schema = yaml.CORE_SCHEMA.withTags(mappingTag(yaml), yaml.boolYaml11Tag, yaml.mergeTag, ...numberTags(yaml), ...moreTags(yaml))
  try {
    const source = firstDocument(text)
    refuseEscapedSlashes(yaml, source)
    return yaml.loadAll(source, { schema, json: true })[0]
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) throw error
    const { mark, reason } = error
    const problem = mark ? phrase`it is not valid YAML on line ${mark.line + 1}: ${reason}` : phrase`it is not valid YAML: ${reason}`
    throw kubeconfigError(file, problem, error)
  }
}

/** JSON and YAML 1.2 have this escape, YAML 1.1 has not: kubectl reads no file with it, be it written as JSON. */
const ESCAPED_SLASH = '\\/'

/** @throws YAMLException at a string in double quotes that escapes a slash */
function refuseEscapedSlashes({ parseEvents, EVENT_ID, SCALAR_STYLE, YAMLException }: typeof YamlModule, source: string): void {
  if (!source.includes(ESCAPED_SLASH)) return
  for (const event of parseEvents(source, {})) {
    if (event.type !== EVENT_ID.SCALAR || event.style !== SCALAR_STYLE.DOUBLE_QUOTED) continue
    for (const { 0: escape, index } of source.slice(event.valueStart, event.valueEnd).matchAll(/\\[^]/g)) {
      if (escape === ESCAPED_SLASH) YAMLException.throwAt(source, event.valueStart + index, 'unknown escape sequence')
    }
  }
}

/**
 * Mappings in which a merge key (`<<`) goes before the keys above it, as for go-yaml v2; the keys below it go before it.
 * For YAML's own definition, all of them do. Of two merge keys the first counts, where go-yaml takes the second.
 */
function mappingTag({ defineMappingTag, mapTag }: typeof YamlModule) {
  const merged = new WeakMap<object, Set<unknown>>()
  let merging: unknown
  return defineMappingTag<Record<string, unknown>>(mapTag.tagName, {
    create: () => ({}),
    identify: () => false,
    // Asked before each key that is merged, and only then: of keys given twice the last counts.
    has: (pairs, key) => {
      const isMerged = merged.get(pairs)?.has(key) ?? false
      if (!isMerged) merging = key
      return isMerged
    },
    addPair: (pairs, key, value) => {
      const keys = merged.get(pairs) ?? new Set()
      if (merging === key) merged.set(pairs, keys.add(key))
      else keys.delete(key)
      merging = undefined
      return mapTag.addPair(pairs, key, value)
    },
    keys: (pairs) => Object.keys(pairs),
    get: (pairs, key) => pairs[String(key)],
  })
}

/** Numbers of version 1.1: with underscores, and binary; octal with a 0 alone. */
function numberTags(yaml: typeof YamlModule) {
  const { defineScalarTag, intCoreTag, floatCoreTag } = yaml
  const implicitFirstChars = Array.from('+-0123456789')
  const int = defineScalarTag<number>(intCoreTag.tagName, {
    implicit: true,
    implicitFirstChars,
    identify: () => false,
    resolve(source) {
      const plain = source.replaceAll('_', '').toLowerCase()
      const parts = /^([+-]?)(?:0([0-7]+)|(0b[01]+|0o[0-7]+|0x[\da-f]+|0|[1-9]\d*))$/.exec(plain)
      if (!parts) return yaml.NOT_RESOLVED
      const [, sign, octal, digits] = parts
      const value = Number(octal === undefined ? digits : `0o${octal}`)
      return sign === '-' ? -value : value
    },
  })
  const float = defineScalarTag<number>(floatCoreTag.tagName, {
    implicit: true,
    implicitFirstChars: [...implicitFirstChars, '.'],
    identify: () => false,
    resolve(source, isExplicit, tagName) {
      const plain = source.startsWith('.') ? source : source.replaceAll('_', '')
      return floatCoreTag.resolve(plain, isExplicit, tagName)
    },
  })
  return [int, float]
}

/** Binary values are text; those with an unknown tag are what they would be without it, and scalars strings. */
function moreTags({ defineScalarTag, defineSequenceTag, defineMappingTag }: typeof YamlModule) {
  const loadOnly = { matchByTagPrefix: true, identify: () => false }
  const binary = defineScalarTag('tag:yaml.org,2002:binary', {
    identify: () => false,
    resolve: (source) => Buffer.from(source, 'base64').toString('utf8'),
  })
  const unknown = ['!', 'tag:'].flatMap((prefix) => [
    defineScalarTag(prefix, { ...loadOnly, resolve: (source) => source }),
    defineSequenceTag<unknown[]>(prefix, { ...loadOnly, create: () => [], addItem: (items, item) => void items.push(item) }),
    defineMappingTag<Record<string, unknown>>(prefix, {
      ...loadOnly,
      create: () => ({}),
      addPair: (pairs, key, value) => {
        Object.defineProperty(pairs, String(key), { value, enumerable: true, writable: true, configurable: true })
        return ''
      },
      has: (pairs, key) => Object.hasOwn(pairs, String(key)),
      keys: (pairs) => Object.keys(pairs),
      get: (pairs, key) => pairs[String(key)],
    }),
  ])
  return [binary, ...unknown]
}
