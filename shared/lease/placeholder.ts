/** Prefix of the holder identity that a failover writes while it blocks the lease. A nonce follows. */
export const PLACEHOLDER_PREFIX = 'kubectl-leader-failover_'

/** Whether this holder is a failover's placeholder. Then there is no leader. */
export function isPlaceholder(holderIdentity: string): boolean {
  return holderIdentity.startsWith(PLACEHOLDER_PREFIX)
}

/** The nonce of a failover's placeholder; null for any other identity. */
export function placeholderNonce(holderIdentity: string): string | null {
  return isPlaceholder(holderIdentity) ? holderIdentity.slice(PLACEHOLDER_PREFIX.length) : null
}
