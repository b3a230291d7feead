/** Everything of a `*List` object but its items. */
export interface ListEnvelope {
  readonly kind?: unknown
  readonly apiVersion?: unknown
  readonly metadata?: { readonly resourceVersion?: unknown; readonly continue?: unknown } | null
  /** An empty array where there was an array, whatever was in it. */
  readonly items?: unknown
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** Bytes that matter between items, and inside one: there, a comma does not. */
const ENDS_ITEM = bytes('"{}[],')
const NESTS = bytes('"{}[]')

/**
 * Takes a JSON object with an array named `items` apart while it arrives. Each item is parsed on its own and handed
 * over at once, so that a list of any length never exists as one string or one graph of objects.
 *
 * Only where an item ends is found here, by brackets and quotes; the text between is for JSON.parse to accept, so what
 * is not JSON ends in its SyntaxError.
 */
export class JsonListDecoder {
  readonly #onItem: (item: unknown) => void
  /** The text around the items. */
  readonly #envelope: Buffer[] = []
  /** The beginning of an item that has not ended. */
  #pending: Buffer[] = []
  #isInItems = false
  #hasItem = false
  /** How deep the scanner is: in the items from the array's inside, else from the text's outside. */
  #depth = 0
  #isInString = false
  #isEscaped = false
  /** The last string at the envelope's first level, with its quotes, as far as it has come. */
  #lastString: number[] = []
  #isItemsNext = false

  /** @param onItem Called with each element of the top-level `items`, in order. What it throws ends the decoding. */
  constructor(onItem: (item: unknown) => void) {
    this.#onItem = onItem
  }

  /** Takes the next bytes. Throws a SyntaxError if an item is not JSON. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) at = this.#isInItems ? this.#scanItems(chunk, at) : this.#scanEnvelope(chunk, at)
  }

  /** Ends the text and returns what was around the items. Throws a SyntaxError if that is not a JSON object. */
  end(): ListEnvelope {
    if (this.#isInItems) throw new SyntaxError('Unexpected end of a list')
    const envelope: unknown = JSON.parse(Buffer.concat(this.#envelope).toString('utf8'))
    if (typeof envelope !== 'object' || envelope === null) throw new SyntaxError('A list has to be an object')
    return envelope
  }

  /** Reads up to the end of the chunk or into the items; returns where it stopped. */
  #scanEnvelope(chunk: Buffer, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (this.#isInString) {
        if (this.#depth === 1) this.#lastString.push(byte)
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === BACKSLASH) this.#isEscaped = true
        else if (byte === QUOTE) this.#isInString = false
      } else if (byte === QUOTE) {
        this.#isInString = true
        if (this.#depth === 1) this.#lastString = [byte]
      } else if (byte === COLON) {
        this.#isItemsNext = this.#depth === 1 && isItems(this.#lastString)
      } else if (byte === COMMA) {
        this.#isItemsNext = false
      } else if (byte === OPEN_BRACKET && this.#depth === 1 && this.#isItemsNext) {
        this.#isInItems = true
        this.#hasItem = false
        this.#depth = 0
        this.#envelope.push(chunk.subarray(start, at + 1))
        return at + 1
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#depth++
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#depth--
      }
    }
    this.#envelope.push(chunk.subarray(start))
    return chunk.length
  }

  /** Reads up to the end of the chunk or of the items; returns where it stopped. The hot loop of a long list. */
  #scanItems(chunk: Buffer, start: number): number {
    const length = chunk.length
    let depth = this.#depth
    let itemStart = start
    let at = start
    while (at < length) {
      if (this.#isInString) {
        at = this.#scanString(chunk, at)
        continue
      }
      const stops = depth === 0 ? ENDS_ITEM : NESTS
      while (at < length && stops[chunk[at]!] === 0) at++
      if (at === length) break
      const byte = chunk[at]!
      if (byte === QUOTE) {
        this.#isInString = true
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth++
      } else if (depth > 0) {
        depth--
      } else if (byte === COMMA || byte === CLOSE_BRACKET) {
        this.#endItem(chunk.subarray(itemStart, at), byte === CLOSE_BRACKET)
        if (byte === CLOSE_BRACKET) {
          this.#isInItems = false
          this.#isItemsNext = false
          this.#depth = 2
          return at
        }
        itemStart = at + 1
      }
      at++
    }
    this.#pending.push(chunk.subarray(itemStart))
    this.#depth = depth
    return length
  }

  /** Reads up to the end of the chunk or past the closing quote; returns where it stopped. */
  #scanString(chunk: Buffer, start: number): number {
    const length = chunk.length
    let at = start
    if (this.#isEscaped) {
      this.#isEscaped = false
      at++
    }
    while (at < length) {
      const byte = chunk[at++]!
      if (byte === BACKSLASH) {
        if (at === length) this.#isEscaped = true
        else at++
      } else if (byte === QUOTE) {
        this.#isInString = false
        return at
      }
    }
    return length
  }

  #endItem(rest: Buffer, isLast: boolean): void {
    const text = this.#pending.length === 0 ? rest : Buffer.concat([...this.#pending, rest])
    this.#pending = []
    const json = text.toString('utf8')
    if (isLast && !this.#hasItem && json.trim() === '') return
    this.#hasItem = true
    this.#onItem(JSON.parse(json))
  }
}

function isItems(quoted: readonly number[]): boolean {
  return JSON.parse(Buffer.from(quoted).toString('utf8')) === 'items'
}

function bytes(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const byte of Buffer.from(characters)) table[byte] = 1
  return table
}
