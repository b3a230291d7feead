import { hostname, userInfo } from 'node:os'

/** The user and machine to record in Events: `alice@laptop`. */
export function actor(): string {
  return `${userName()}@${hostname()}`
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // In a container, a user may have a number but no name.
    return String(process.getuid?.() ?? 'unknown')
  }
}
