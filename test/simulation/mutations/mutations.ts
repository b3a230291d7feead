import { ELECTOR } from './elector-mutations.ts'
import { FAILOVER } from './failover-mutations.ts'
import { HOLD } from './hold-mutations.ts'
import { JOIN } from './join-mutations.ts'
import { KEEP } from './keep-mutations.ts'
import { LOCKS } from './locks-mutations.ts'
import type { MutatedPart } from './mutation.ts'

/**
 * Mistakes that could be made, each as a change of the source. The fast tests of the part, or the simulation, must catch
 * each: that is the proof that they can fail.
 */
export const PARTS: Readonly<Record<string, MutatedPart>> = { elector: ELECTOR, failover: FAILOVER, locks: LOCKS, join: JOIN, keep: KEEP, hold: HOLD }
