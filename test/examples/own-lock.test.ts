import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { readmeCommands, runCommand } from './terminal.ts'

const MAIN = 'examples/own-lock/main.ts'
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const [command] = readmeCommands('own-lock') as [string]
const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('passes the cases for locks', async () => {
  const output = await runCommand(command, {})
  expect(output).toMatch(/^ℹ fail 0$/m)
  expect(output).toContain('create succeeds for one of many')
})

it('fails them if it reads and writes in two steps', async () => {
  const broken = join(folder, 'main.ts')
  const source = readFileSync(join(ROOT, MAIN), 'utf8').replaceAll('../../shared/', `${ROOT}shared/`)
  const changed = source.replace('if (this.#current(signal))', 'if (await this.read(signal))')
  expect(changed).not.toBe(source)
  writeFileSync(broken, changed)
  await expect(runCommand(command.replace(MAIN, broken), {})).rejects.toThrow(/✖ create succeeds for one of many/)
})
