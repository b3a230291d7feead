import { chmod, mkdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lookUpExecutable } from '../../shared/cluster/connection/executable-lookup.ts'
import { folderWith } from './local-server.ts'

/** A folder with a file `login` that can be run. */
async function folderWithLogin(): Promise<string> {
  const folder = await folderWith({ login: '' })
  await chmod(join(folder, 'login'), 0o755)
  return folder
}

describe.skipIf(process.platform === 'win32')('a command', () => {
  it.each(['/opt/login', './login', 'bin/login'])('with a separator is used as it is: %s', async (command) => {
    expect(await lookUpExecutable(command, { PATH: await folderWithLogin() })).toEqual({ path: command })
  })

  it('is the first executable file of that name on the PATH', async () => {
    const [first, second] = [await folderWithLogin(), await folderWithLogin()]
    const notExecutable = await folderWith({ login: '' })
    const withFolder = await folderWith()
    await mkdir(join(withFolder, 'login'))
    const PATH = ['/no/such/folder', notExecutable, withFolder, first, second].join(':')
    expect(await lookUpExecutable('login', { PATH })).toEqual({ path: join(first, 'login') })
  })

  it('is not taken from a relative entry, nor from an entry after it', async () => {
    const entry = relative(process.cwd(), await folderWithLogin())
    const PATH = `${entry}:${await folderWithLogin()}`
    expect(await lookUpExecutable('login', { PATH })).toEqual({ problem: 'relativeEntry', entry })
  })

  it('is taken from an entry before a relative one', async () => {
    const folder = await folderWithLogin()
    const PATH = `${folder}:${relative(process.cwd(), folder)}`
    expect(await lookUpExecutable('login', { PATH })).toEqual({ path: join(folder, 'login') })
  })

  it.each([{}, { PATH: '' }, { PATH: '/no/such/folder' }, { PATH: ':' }])('is missing: %o', async (env) => {
    expect(await lookUpExecutable('no-such-login', env)).toEqual({ problem: 'missing' })
  })

  it('is found, but is not executable', async () => {
    expect(await lookUpExecutable('login', { PATH: await folderWith({ login: '' }) })).toEqual({ problem: 'notExecutable' })
  })
})
