import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { COMMANDS } from '../../kubectl-plugin/commands.ts'
import { COMMANDS as LIST_ALONE } from '../../kubectl-plugin/list-only-commands.ts'
import { BUILT_CLI, runBuilt } from '../support/built-cli.ts'

let cache: string
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'kubectl-leader-cache-'))
})
afterEach(() => rm(cache, { recursive: true, maxRetries: 10 }))

const run = (...args: string[]) => runBuilt(args, { XDG_CACHE_HOME: cache })
const kept = async (): Promise<string[]> => (await readdir(join(cache, 'kubectl-leader'))).sort()

describe('the code that is kept between runs', () => {
  it('is kept for each command by itself, for its user alone', async () => {
    await run('version')
    await run('list', '--help')
    const files = await kept()
    expect(files.map((file) => file.split(/-v\d/)[0])).toEqual(['list-list', 'main-version'])
    for (const file of files) expect((await stat(join(cache, 'kubectl-leader', file))).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['changed in one byte', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1)! ^ 1])])],
    ['emptied', () => Buffer.alloc(0)],
    ["another file's", (bytes: Buffer) => Buffer.concat([Buffer.alloc(32), bytes.subarray(32)])],
  ])('is left alone where it was %s, and written anew', async (_how, damage) => {
    const { stdout } = await run('version')
    const [name] = await kept()
    const file = join(cache, 'kubectl-leader', name!)
    const whole = await readFile(file)
    await writeFile(file, damage(whole))
    expect(await run('version')).toMatchObject({ code: 0, stdout, stderr: '' })
    expect((await readFile(file)).length).toBeGreaterThan(whole.length / 2 + 32)
    expect(await kept()).toEqual([name])
  })

  it('is done without where the cache can not be written to', async () => {
    await writeFile(join(cache, 'kubectl-leader'), 'a file')
    expect(await run('version')).toMatchObject({ code: 0, stderr: '' })
  })

  it('has a bounded file name, whatever the command', async () => {
    const { code } = await run('../../evil')
    expect(code).toBe(2)
    expect((await kept()).map((file) => file.split(/-v\d/)[0])).toEqual(['main-'])
  })
})

describe('the file for list alone', () => {
  it('has the names of list that the whole program has', () => {
    expect(LIST_ALONE.map(([names]) => names)).toEqual([COMMANDS[0]![0]])
  })

  it.each(COMMANDS[0]![0])('is what %s is loaded from', async (name) => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [BUILT_CLI, name, '--help'], {
      env: { PATH: process.env['PATH'], XDG_CACHE_HOME: cache },
    })
    expect({ isUsage: stdout.startsWith('Usage: kubectl leader list|get'), stderr }).toEqual({ isUsage: true, stderr: '' })
    expect((await kept())[0]).toMatch(/^list-/)
  })
})
