/** Words that the glossary of this project replaces by another, and what to write instead. */
export const AVOIDED: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bquarantin/i, 'block, blocked'],
  [/\bincumbent/i, 'current leader; old leader once the failover has begun'],
  [/\bsuccessor/i, 'next leader, new leader'],
  [/\b(run|runs|ran|running) out\b(?! of)/i, 'expire'],
  [/\bgood for\b/i, 'lease duration'],
  [/\b(nobody|no one|noone)\b/i, 'no candidate, no leader, no holder'],
  [/\b(somebody|someone|some one)\b/i, 'another client, another candidate'],
  [/\b(everybody|everyone|anybody|whoever|whomever)\b/i, 'the actor: a candidate, a client, the user'],
  [/\b(stand|stands|stood|standing) (for|in|by|aside|as)\b/i, 'run as a candidate, wait as a standby, back off'],
  [/\b(stander|participant)s?\b/i, 'candidate'],
  [/\b(give|gives|gave|given|giving) (it |leadership |the lease )?(back|up)\b/i, 'release'],
  [/\bhand-(over|off)/i, 'transition; handover, if the lease goes to one named candidate'],
  [/\bcall(s|ed|ing)? (it )?off\b/i, 'cancel, undo'],
  [/\bto and fro\b/i, 'transitions'],
  [/\bcomes? first\b/i, 'the first candidate to acquire the lease'],
  [/\bleader-less\b/i, 'time without a leader, leaderless time'],
  [/\bnear miss/i, 'late renewal'],
  [/\bsigns? of life\b/i, 'renewal'],
  [/\b(under|with) (our|its|one's) own eyes\b/i, 'observed'],
  [/\bgoing by its own (clock|times)\b/i, "recorded; according to the holder's clock"],
  [/\bwas(?: not)? seen to\b/i, 'was observed'],
  [/\b(kept|keeps?) in\b/i, 'lock, stored in'],
  [/\b(mend|mends|mended)\b/i, 'next step; fix, if the command fixes it'],
  [/\bnothing was written\b/i, 'No changes were made.'],
  [/\bcome(s)? off\b/i, 'succeed'],
  [/\b(steal|steals|stolen)\b/i, 'take leadership'],
  [/(?<!\bthere )\b(is|are) (no(?! longer\b| more\b)|none)\b/i, 'is not a'],
  [/\bthat one\b/i, 'the noun that it means'],
  [/\b(of|for|with) it(?=[.:;]?\s*$|[.;:]\s)/i, 'the noun that it means'],
  [/\b(if|since) you are sure, say\b|\bsay --/i, 'pass --flag'],
  [/\b(colour|favour|behaviour|licence|recognis|organis|neighbour|centre)/i, 'US spelling'],
  [/\bcancell(ed|ing)\b/i, 'canceled, canceling'],
  [/(?:\{\}|\{\d\}|\b\d+) (s|min|h|d)\b(?!')/, 'durations as Go prints them: 15s, 1m30s'],
]

/** A text that may say an avoided word, and why. */
export interface Exception {
  readonly file: string
  /** A part of the text. */
  readonly text: string
  readonly reason: string
}

export const EXCEPTIONS: readonly Exception[] = []
