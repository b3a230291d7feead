import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { freePorts } from '../support/real/ports.ts'
import { readmeCommand, runCommand } from './terminal.ts'
import { startWorld } from './world.ts'

it('of two candidates, only the leader is Ready, and then the next leader', async () => {
  await using world = await startWorld('readiness-sidecar')
  const [first, second] = (await freePorts(2)) as [number, number]
  const ports = { 4041: first, 4042: second }
  const probe = world.run(['probe.ts'], ports)
  await probe.printed(`${first} not Ready, ${second} not Ready`)
  const join1 = world.run(['join', '--id=web-1'], ports)
  await probe.printed(`${first} Ready, ${second} not Ready`)
  const join2 = world.run(['join', '--id=web-2'], ports)
  await join2.printed('new-leader')
  await join1.interrupt()
  await probe.printed(`${first} not Ready, ${second} Ready`)
  expect(probe.output).not.toContain(`${first} Ready, ${second} Ready`)
})

it.each([
  ['rbac.yaml', 'rbac'],
  ['deployment.yaml', 'sidecar'],
])('%s is what "generate %s" prints', async (file, kind) => {
  const printed = await runCommand(readmeCommand('readiness-sidecar', 'generate', kind), {})
  expect(readFileSync(new URL(`../../examples/readiness-sidecar/${file}`, import.meta.url), 'utf8')).toBe(printed)
})
