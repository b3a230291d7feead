import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Terminal } from './terminal.ts'
import { startWorld, type World } from './world.ts'

let world: World
let terminal: Terminal

function held(name: string, holderIdentity: string): void {
  const renewTime = new Date().toISOString().replace('Z', '000Z')
  const spec = { holderIdentity, leaseDurationSeconds: 3600, leaseTransitions: 0, acquireTime: renewTime, renewTime }
  world.sandbox.plant('leases.coordination.k8s.io', { metadata: { namespace: 'shop', name }, spec })
}

beforeAll(async () => {
  world = await startWorld('onlooker')
  held('web', 'pod-a\u001b[2J')
  terminal = world.run(['main.ts'])
  await terminal.printed('shop/web added')
})
afterAll(() => world[Symbol.asyncDispose]())

it('prints the holder of each election, with control characters escaped', () => {
  expect(terminal.output).toContain('shop/web: holder pod-a\\x1b[2J\n')
})

it('prints events', async () => {
  held('web', 'pod-b')
  await terminal.printed('shop/web acquired')
  held('api', 'pod-c')
  await terminal.printed('shop/api added')
})

it('ends on Ctrl-C', async () => {
  await terminal.interrupt()
  expect(terminal.output).not.toMatch(/error/i)
})
