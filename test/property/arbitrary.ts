import fc from 'fast-check'

/**
 * One seed for every run, so that a failure is the code's doing and not the day's; fast-check prints it, with the path
 * to the smallest case. `PROPERTY_SEED` and `PROPERTY_RUNS` look elsewhere.
 */
fc.configureGlobal({
  seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_121),
  numRuns: Number(process.env['PROPERTY_RUNS'] ?? 150),
})

/** What does something in a terminal, ends a line, or turns text around; and what looks as if it were escaped. */
const HOSTILE = ['\x1b[2J', '\x1b]8;;http://x\x07', '\r', '\n', '\u202e', '\u2028', '\x00', '\x7f', '\x9b', '\ud800', '\u200b', 'é\u0301'.repeat(9), '\\x1b', '\\u{202e}', '\u{e0041}', '漢', '👩‍👩‍👧']

/** Text as an attacker, or any script of the world, writes it. */
export const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 6 }), fc.string({ maxLength: 8 })), { maxLength: 6 })
  .map((parts) => parts.join(''))

/** Any value that JSON can say. */
export const anyJson = fc.oneof(
  { weight: 2, arbitrary: hostileText },
  { weight: 2, arbitrary: fc.constantFrom(null, true, false, 0, -1, 15, 1.5, 1e308, -1e308, 2 ** 53, '', '2026-01-01T00:00:00.000000Z', '9999-99-99T99:99:99Z', '+275760-09-13T00:00:00Z', '0000-01-01T00:00:00Z') },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
)

/** An object with some of these fields, each of which has any value. */
export function objectOf(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(fields, { requiredKeys: [] })
}

/** Any JSON in these fields. */
export function anyFields(...names: readonly string[]): fc.Arbitrary<Record<string, unknown>> {
  return objectOf(Object.fromEntries(names.map((name) => [name, anyJson])))
}

const record = anyFields('holderIdentity', 'leaseDurationSeconds', 'leaseTransitions', 'leaderTransitions', 'acquireTime', 'renewTime', 'strategy', 'preferredHolder')

const metadata = objectOf({
  ...Object.fromEntries(['namespace', 'name', 'uid', 'resourceVersion', 'creationTimestamp'].map((name) => [name, anyJson])),
  labels: fc.oneof(anyJson, fc.dictionary(hostileText, anyJson, { maxKeys: 3 })),
  annotations: fc.oneof(anyJson, fc.dictionary(hostileText, anyJson, { maxKeys: 3 })),
})

/** What may stand where a Lease is expected. */
export const anyLease = fc.oneof({ weight: 9, arbitrary: objectOf({ metadata: fc.oneof(metadata, anyJson), spec: fc.oneof(record, anyJson) }) }, { weight: 1, arbitrary: anyJson })

/** The text of an annotation that should be the JSON of a record. */
export const anyRecordText = fc.oneof(record.map((fields) => JSON.stringify(fields)), hostileText)

/** Bytes cut into pieces at any place, in the middle of a character too. */
export const cuts = fc.array(fc.nat({ max: 4096 }), { maxLength: 8 })

/** Cuts a text's bytes into pieces. */
export function pieces(text: string | Buffer, at: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text as string)
  const ends = [...at.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

/** Characters that must never reach a terminal: controls, what is invisible or turns text around, lone surrogates. */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u
