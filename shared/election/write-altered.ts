import { lockPhrase } from '../lease/election-ref.ts'
import { harmless } from '../lease/harmless.ts'
import type { Alteration } from './machine/protocol.ts'
import { phrase, saying } from '../phrase.ts'

/**
 * The run ended because the server applied a record other than the written one, and it is not safe to lead by it: another
 * holder, a shorter lease duration, or no renew time. The cause is usually an admission policy or a webhook.
 */
export class WriteAltered extends Error {
  override readonly name = 'WriteAltered'
  readonly field: Alteration['field']
  /** What the candidate wrote. */
  readonly written: string | number | null
  /** What the server applied instead. */
  readonly found: string | number | null

  constructor(description: string, { field, written, found }: Alteration) {
    const said = phrase`The server changed ${field} of ${lockPhrase(description)} from ${shown(written)} to ${shown(found)} while it applied a write. Leading with the changed record is not safe, so this candidate has left the election. Check the admission policies and webhooks that apply to this object.`
    super(said.text)
    saying(this, said)
    this.field = field
    this.written = written
    this.found = found
  }
}

function shown(value: string | number | null): string {
  return typeof value === 'string' ? `"${harmless(value, 100)}"` : String(value)
}
