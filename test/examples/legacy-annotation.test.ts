import { expect, it } from 'vitest'
import { runCommand, readmeCommand } from './terminal.ts'
import { startWorld } from './world.ts'

it("a candidate in client-go's old format and a kubectl-leader candidate share an election", async () => {
  await using world = await startWorld('legacy-annotation')
  const old = world.run(['old-candidate.ts'])
  await old.printed('old: leading')
  const ours = world.run(['join'])
  await ours.printed(/new-leader +old/)
  expect(await runCommand(readmeCommand('legacy-annotation', 'list'), world.env)).toMatch(/my-election +old +~held/)

  await old.interrupt()
  expect(old.output).toContain('old: ended')
  await ours.printed('started-leading')
})
