import { expect, it } from 'vitest'
import { freePorts } from '../support/real/ports.ts'
import { startWorld } from './world.ts'

it('a program learns from its sidecar over HTTP whether it is the leader, and when that changes', async () => {
  await using world = await startWorld('http-sidecar')
  const [first, second] = (await freePorts(2)) as [number, number]
  const ports = { 4040: first, 4050: second }
  const join1 = world.run(['join', '--id=web-1'], ports)
  await join1.printed('started-leading')
  const answer = await fetch(`http://127.0.0.1:${first}/`)
  expect(await answer.json()).toEqual({ name: 'web-1' })

  const join2 = world.run(['join', '--id=web-2'], ports)
  const asking1 = world.run(['main.ts', '--me=web-1'], ports)
  const asking2 = world.run(['main.ts', '--me=web-2'], ports)
  await Promise.all([
    asking1.printed('web-1: I am the leader'),
    join2.printed('new-leader'),
    asking2.printed('web-2: I am not the leader; the leader is web-1'),
  ])

  await join1.interrupt()
  await Promise.all([
    asking2.printed('web-2: I am the leader'),
    asking1.printed('web-1: I am not the leader; the leader is unknown'),
  ])
})
