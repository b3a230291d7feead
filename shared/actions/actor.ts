import { hostname, userInfo } from 'node:os'

/** Who acts, for whoever reads of it in the Events later: `alice@laptop`. */
export function actor(): string {
  return `${userName()}@${hostname()}`
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // In a container, a user may be no more than a number.
    return String(process.getuid?.() ?? 'unknown')
  }
}
