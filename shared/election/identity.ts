import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

/** A unique holder identity, built as client-go's programs build theirs: the host name and a UUID. */
export function candidateIdentity(): string {
  return `${hostname()}_${randomUUID()}`
}
