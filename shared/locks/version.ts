/**
 * Compares two lock versions, which are decimal numbers of any length: negative if `a` is older, 0 if they are equal,
 * positive if `a` is newer. (A Kubernetes resourceVersion is such a number; KEP-5504 makes that official.)
 */
export function compareVersions(a: string, b: string): number {
  const left = a.replace(/^0+(?=\d)/, '')
  const right = b.replace(/^0+(?=\d)/, '')
  if (left.length !== right.length) return left.length - right.length
  return left === right ? 0 : left < right ? -1 : 1
}
