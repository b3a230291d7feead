import { beforeEach, describe, expect, it } from 'vitest'
import { untilReconnectDue } from '../../shared/cluster/list-watch/reconnect-due.ts'
import { StoreScene } from '../support/store-scene.ts'

describe('a watch is replaced', () => {
  let scene: StoreScene
  let isGivenUp: boolean
  beforeEach(() => {
    scene = new StoreScene()
    scene.start([])
    isGivenUp = false
    void untilReconnectDue(scene.store, scene.clock, new AbortController().signal).then(() => (isGivenUp = true))
  })

  it('once it has been stale for 10 s, and not before', async () => {
    await scene.clock.advance(3_000)
    scene.disconnect('gone')
    await scene.clock.advance(9_999)
    expect(isGivenUp).toBe(false)
    await scene.clock.advance(1)
    expect(isGivenUp).toBe(true)
  })

  it('not where it has healed meanwhile', async () => {
    scene.disconnect('gone')
    await scene.clock.advance(9_000)
    scene.reconnect()
    await scene.clock.advance(5_000)
    scene.disconnect('gone again')
    await scene.clock.advance(9_000)
    expect(isGivenUp).toBe(false)
  })
})

it('a caller that no longer waits gets the reason of its signal', async () => {
  const { store, clock } = new StoreScene([])
  const over = new AbortController()
  const waiting = untilReconnectDue(store, clock, over.signal)
  over.abort(new Error('over'))
  await expect(waiting).rejects.toThrow('over')
})
