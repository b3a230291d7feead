import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePorts } from '../support/real/ports.ts'
import type { Terminal } from './terminal.ts'
import { startWorld, type World } from './world.ts'

let world: World
let terminal: Terminal
let port: number

beforeAll(async () => {
  world = await startWorld('election-states')
  ;[port] = (await freePorts(1)) as [number]
  terminal = world.run(['main.ts'], { 8080: port })
  await terminal.printed(/^leader$/m)
})
afterAll(() => world[Symbol.asyncDispose]())

it('prints each state, with the fencing token of its term', () => {
  expect(terminal.output).toMatch(/^standby; the leader is not known\n/)
  expect(terminal.output).toMatch(/^this process leads, with fencing token \d+$/m)
})

it('creates the Lease with a label', async () => {
  const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases/states-example'
  const response = await fetch(`${world.sandbox.url}${path}`, { headers: { Authorization: `Bearer ${world.sandbox.token}` } })
  expect(await response.json()).toMatchObject({ metadata: { labels: { 'app.kubernetes.io/name': 'states-example' } } })
})

it('serves health and metrics', async () => {
  const at = async (path: string): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    return `${response.status} ${await response.text()}`
  }
  expect(await at('/leader')).toMatch(/^200 \{"isLeader":true,/)
  expect(await at('/healthz')).toBe('200 ok\n')
  expect(await at('/readyz')).toBe('200 ok\n')
  expect(await at('/metrics')).toContain('leader_election_master_status{name="lease default/states-example"} 1')
  expect(await at('/elsewhere')).toBe('404 not found\n')
})

it('ends on Ctrl-C, and leaves the lease free', async () => {
  await terminal.interrupt()
  expect(terminal.output).toMatch(/standby; the leader is \S+\n$/)
})
