import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const CHILD = path.join(import.meta.dirname, 'deadline-child.ts')

/** Runs a real process to its end, and tells how that came and the last line that it wrote. */
async function run(scenario: string): Promise<{ code: number | null; signal: string | null; lines: string[] }> {
  const child = spawn(process.execPath, [CHILD, scenario], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal, lines: output.trim().split('\n') }
}

describe.concurrent("a process with onOverrun: 'exit'", () => {
  it('is killed before its lease expires, while its work keeps the event loop busy', async () => {
    const { signal, lines } = await run('loop')
    expect(signal).toBe('SIGKILL')
    const lastMs = Number(lines.at(-1)!.split(' ')[1])
    // Not before the renew deadline, in which the work may well be done yet.
    expect(lastMs).toBeGreaterThan(1_000)
    expect(lastMs).toBeLessThan(5_000)
  }, 60_000)

  it('is killed while it waits for a command', async () => {
    expect(await run('command')).toMatchObject({ signal: 'SIGKILL' })
  }, 60_000)

  it('may block once its work has ended', async () => {
    expect(await run('after')).toMatchObject({ code: 0, signal: null })
  }, 60_000)

  it('is ended by its own hook if its event loop works', async () => {
    const { code, lines } = await run('hook')
    expect({ code, lines }).toEqual({ code: 0, lines: ['hook', 'ended with 1 threads'] })
  }, 60_000)

  it('has one thread for all of its electors, and ends beside it', async () => {
    expect(await run('several')).toEqual({ code: 0, signal: null, lines: ['ended with 1 threads'] })
  }, 60_000)
})

it('a process that only has it reported starts no thread, and is not killed', async () => {
  const { code, lines } = await run('report')
  expect({ code, last: lines.at(-1) }).toEqual({ code: 0, last: 'ended with 0 threads' })
}, 60_000)
