import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { readmeCommands, runCommand } from './terminal.ts'

const [command] = readmeCommands('own-lock') as [string]
const main = new URL('../../examples/own-lock/main.ts', import.meta.url)
const broken = new URL('broken.ts', main)
afterAll(() => rmSync(broken, { force: true }))

it('passes what a lock must do', async () => {
  const output = await runCommand(command, {})
  expect(output).toMatch(/^ℹ fail 0$/m)
  expect(output).toContain('create is won by one of many')
})

it('would not where it looks and writes in two steps', async () => {
  const source = readFileSync(main, 'utf8')
  const changed = source.replaceAll('= this.#current(signal)', '= await this.read(signal)').replaceAll('if (this.#current(signal))', 'if (await this.read(signal))')
  expect(changed).not.toBe(source)
  writeFileSync(broken, changed)
  await expect(runCommand(command.replace('main.ts', 'broken.ts'), {})).rejects.toThrow(/✖ create is won by one of many/)
})
