/**
 * Which of two resource versions is newer: negative where `a` is older, 0 where they are the same, positive where it
 * is newer; null where they can't be compared. Kubernetes's versions are decimal numbers that grow with every write to
 * etcd (KEP-5504 makes that official); other servers may have others.
 */
export function compareVersions(a: string, b: string): number | null {
  if (a === b) return 0
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return null
  const difference = BigInt(a) - BigInt(b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}
