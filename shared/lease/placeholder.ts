/** Prefix of the holder identity that a failover writes while it blocks the lease. A nonce follows. */
export const PLACEHOLDER_PREFIX = 'kubectl-leader-failover_'

/** Whether this holder is a failover's placeholder. Then there is no leader. */
export function isPlaceholder(holderIdentity: string): boolean {
  return holderIdentity.startsWith(PLACEHOLDER_PREFIX)
}

/** Prefix of the holder identity of a block for maintenance. A nonce follows. */
export const BLOCK_PREFIX = 'kubectl-leader-block_'

/** Whether this holder is a block for maintenance. Then there is no leader. */
export function isBlock(holderIdentity: string): boolean {
  return holderIdentity.startsWith(BLOCK_PREFIX)
}

/** Whether this holder blocks the lease, for a failover or for maintenance. Then there is no leader. */
export function isBlocking(holderIdentity: string): boolean {
  return isPlaceholder(holderIdentity) || isBlock(holderIdentity)
}

/** The leader that a record names; empty if it has no holder, or its holder blocks the lease. */
export function leaderOf({ holderIdentity }: { readonly holderIdentity: string }): string {
  return isBlocking(holderIdentity) ? '' : holderIdentity
}

/** The nonce of a failover's placeholder; null for any other identity. */
export function placeholderNonce(holderIdentity: string): string | null {
  return isPlaceholder(holderIdentity) ? holderIdentity.slice(PLACEHOLDER_PREFIX.length) : null
}
