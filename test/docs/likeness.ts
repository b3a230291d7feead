/** Parts of the output that differ in each run, and their replacement. */
const VOLATILE: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID'],
  // Truncated at the edge of the terminal.
  [/-[a-z0-9]{10}-[a-z0-9]{1,5}(_[0-9a-f-]*)?…/g, '-HASH-POD_UUID'],
  [/_[0-9a-f-]*…/g, '_UUID'],
  [/-[a-z0-9]{10}-[a-z0-9]{5}(?![a-z0-9])/g, '-HASH-POD'],
  [/-[bcdfghjklmnpqrstvwxz2456789]{10}(?![a-z0-9])/g, '-HASH'],
  [/\bnode-[abc](?![a-z0-9])/g, 'NODE'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME'],
  [/127\.0\.0\.1:\d+/g, 'ADDRESS'],
  [/\d+(\.\d+)?/g, 'N'],
  [/\bN (min|s|h|d)\b/g, 'DURATION'],
  [/(?:N(?:ms|d|h|m|s))+(?![a-z])/g, 'DURATION'],
  [/[ \t]+/g, ' '],
  [/ $/gm, ''],
  // Which of the Pods is the holder.
  [/-HASH-POD (-|yes) /g, '-HASH-POD HOLDS '],
]

/** The part of a command's output that is the same in each run: all except times, durations, counts and identities. */
export function likenessOf(output: string): string {
  return VOLATILE.reduce((text, [pattern, name]) => text.replace(pattern, name), output)
}
