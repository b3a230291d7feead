import { expect, it } from 'vitest'
import { runCommand, readmeCommand } from './terminal.ts'
import { startWorld } from './world.ts'

it("a candidate in client-go's old format and one of ours share an election, both ways", async () => {
  await using world = await startWorld('legacy-annotation')
  const old = world.run(['old-candidate.ts'])
  await old.printed('old: leading')
  const ours = world.run(['join'])
  await ours.printed(/new-leader +old/)
  expect(await runCommand(readmeCommand('legacy-annotation', 'list'), world.env)).toMatch(/my-election +old +~held/)

  await old.interrupt()
  expect(old.output).toContain('old: ended')
  await ours.printed('started-leading')

  world.sandbox.requests.clear()
  const oldAgain = world.run(['old-candidate.ts'])
  // Ours watches; whoever reads is the old one.
  const looks = (): number => world.sandbox.requests.list(({ verb }) => verb === 'get').length
  await expect.poll(looks, { timeout: 20_000 }).toBeGreaterThan(0)
  expect(oldAgain.output).toBe('')
  await ours.interrupt()
  await oldAgain.printed('old: leading')
})
