import { afterAll, beforeAll, describe, it } from 'vitest'
import { lockConformance, type LockPlace as Place, type LockTraits } from '../../shared/testing/index.ts'

export { Watching } from '../../shared/testing/watching.ts'

/** A place where elections can be kept, while a suite runs. */
export interface LockPlace extends Place {
  close(): Promise<void>
}

/** Runs the cases that whoever writes a lock can run, with this project's test runner. */
export function describeLock(
  where: string,
  traits: Pick<LockTraits, 'tellsDeletions' | 'acknowledges'>,
  open: () => Promise<LockPlace>,
): void {
  describe(where, () => {
    let place: LockPlace
    beforeAll(async () => {
      place = await open()
    })
    afterAll(() => place.close())
    for (const { name, run } of lockConformance({ watches: true, handsOver: true, ...traits })) {
      it(name, () => run(place))
    }
  })
}
