import { afterAll, beforeAll, describe } from 'vitest'
import { describeAccess } from './access.ts'
import { describeDeletes } from './deletes.ts'
import { describeDiscovery } from './discovery.ts'
import { describeLists } from './lists.ts'
import { describePatches } from './patches.ts'
import { describePodLogs } from './pod-logs.ts'
import { describeProtobuf } from './protobuf.ts'
import { describeRepresentations } from './representations.ts'
import { describeScale } from './scale.ts'
import type { ConformanceTarget } from './target.ts'
import { describeWatches } from './watches.ts'
import { describeWrites } from './writes.ts'

/**
 * The behaviour of a Kubernetes API server that this project relies on. Whatever is stated here holds for the sandbox
 * and for real servers of 1.20 and later; where they differ, only what they have in common is stated.
 *
 * @param start starts a server with the users and namespaces of `target.ts` in it.
 */
export function describeConformance(name: string, start: () => Promise<ConformanceTarget>): void {
  describe(name, () => {
    let started: ConformanceTarget | undefined
    const target = (): ConformanceTarget => started!
    beforeAll(async () => {
      started = await start()
    })
    afterAll(() => started?.close())

    describeDiscovery(target)
    describeAccess(target)
    describeWrites(target)
    describeProtobuf(target)
    describePatches(target)
    describeDeletes(target)
    describeLists(target)
    describeRepresentations(target)
    describeWatches(target)
    describePodLogs(target)
    describeScale(target)
  })
}
