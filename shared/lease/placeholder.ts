/** What a failover writes as the holder while it keeps everybody out; a nonce follows. */
export const PLACEHOLDER_PREFIX = 'kubectl-leader-failover_'

/** Whether this holder is a failover's placeholder, which is nobody's leadership. */
export function isPlaceholder(holderIdentity: string): boolean {
  return holderIdentity.startsWith(PLACEHOLDER_PREFIX)
}

/** The nonce of a failover's placeholder; null where it is none. */
export function placeholderNonce(holderIdentity: string): string | null {
  return isPlaceholder(holderIdentity) ? holderIdentity.slice(PLACEHOLDER_PREFIX.length) : null
}
