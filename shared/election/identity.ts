import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

/** An identity that no other candidate has, made as client-go's programs make theirs: it begins with the machine's name. */
export function candidateIdentity(): string {
  return `${hostname()}_${randomUUID()}`
}
