import type { Refusal } from '../../shared/label/label-machine.ts'

/** Why no Pod is labeled. Not escaped. */
export function refusalsText(refusals: readonly Refusal[]): string {
  return `no Pod is labeled, because not all other Pods could be written: ${refusals.map(({ pod, reason }) => `${pod}: ${reason}`).join(' ')}`
}
