import { afterEach, beforeEach, expect, it } from 'vitest'
import { isGroupAlive } from '../support/join-scene.ts'
import type { Terminal } from './terminal.ts'
import { startWorld, type World } from './world.ts'

let world: World
let terminal: Terminal
let pid: number

beforeEach(async () => {
  world = await startWorld('leading-command')
  terminal = world.run(['sh -c'])
  await terminal.printed(/^token \d+$/m)
  await terminal.printed(/^process \d+ started$/m)
  pid = Number(/^process (\d+) started$/m.exec(terminal.output)![1])
})
afterEach(() => world[Symbol.asyncDispose]())

async function leaseHolder(): Promise<string> {
  const response = await fetch(`${world.sandbox.url}/apis/coordination.k8s.io/v1/namespaces/default/leases/command-example`, {
    headers: { Authorization: `Bearer ${world.sandbox.token}` },
  })
  const { spec } = (await response.json()) as { spec: { holderIdentity?: string } }
  return spec.holderIdentity ?? ''
}

it('ends the command on Ctrl-C, and then releases the lease', async () => {
  expect(isGroupAlive(pid)).toBe(true)
  await terminal.interrupt()
  expect(isGroupAlive(pid)).toBe(false)
  expect(await leaseHolder()).toBe('')
  expect(terminal.output).toMatch(/started-leading\n[^]*stopped-leading\nterm-ended\n$/)
})

it('ends the command if the process is killed, before the lease has expired', async () => {
  await terminal.kill()
  await expect.poll(() => isGroupAlive(pid), { timeout: 60_000 }).toBe(false)
  expect(await leaseHolder()).not.toBe('')
})
