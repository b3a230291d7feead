import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { chmod, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NO_USER } from '../../shared/cluster/connection/in-cluster.ts'
import { TokenStore } from '../../shared/cluster/connection/token-store.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { folderWith } from './local-server.ts'

const TEXT = '# mine\nusers: [{name: jane, user: {auth-provider: {name: oidc, config: {id-token: old-id, refresh-token: old-refresh}}}}]\n'
const CHANGED = TEXT.replace('old-id', 'new.id').replace('old-refresh', 'new-refresh')
const TOKENS = { 'id-token': 'new.id', 'refresh-token': 'new-refresh' }

async function scene(text: string | Buffer = TEXT) {
  const folder = await folderWith()
  const file = join(folder, 'config')
  await writeFile(file, text)
  const clock = new FakeClock()
  return { folder, file, clock, storeOf: (path: string) => new TokenStore({ ...NO_USER, name: 'jane', file: path }, clock) }
}

describe('new tokens in a kubeconfig', () => {
  it('replace the old ones in place, and leave nothing behind', async () => {
    const { folder, file, storeOf } = await scene()
    await storeOf(file).write(TOKENS)
    expect(readFileSync(file, 'utf8')).toBe(CHANGED)
    expect(readdirSync(folder)).toEqual(['config'])
    expect(await storeOf(file).read()).toMatchObject(TOKENS)
  })

  it.each([0o600, 0o640, 0o644])('leave the mode of the file: %o', async (mode) => {
    const { file, storeOf } = await scene()
    await chmod(file, mode)
    await storeOf(file).write(TOKENS)
    expect(statSync(file).mode & 0o777).toBe(mode)
  })

  it('leave a link what it is', async () => {
    const { folder, file, storeOf } = await scene()
    const link = join(folder, 'link')
    await symlink('config', link)
    await storeOf(link).write(TOKENS)
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(readFileSync(file, 'utf8')).toBe(CHANGED)
  })

  it.each([
    { name: 'UTF-16', encode: (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le') },
    { name: 'UTF-16, big-endian', encode: (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16() },
    { name: 'UTF-8 with a byte order mark', encode: (text: string) => Buffer.from(`\uFEFF${text}`) },
  ])('leave the encoding: $name', async ({ encode }) => {
    const { file, storeOf } = await scene(encode(TEXT))
    await storeOf(file).write(TOKENS)
    expect(readFileSync(file)).toEqual(encode(CHANGED))
  })

  it("wait for another program's lock", async () => {
    const { file, clock, storeOf } = await scene()
    await writeFile(`${file}.lock`, '')
    const writing = storeOf(file).write(TOKENS)
    await clock.advance(1_000)
    expect(readFileSync(file, 'utf8')).toBe(TEXT)
    const { rm } = await import('node:fs/promises')
    await rm(`${file}.lock`)
    await clock.advance(100)
    await writing
    expect(readFileSync(file, 'utf8')).toBe(CHANGED)
  })

  it('give up on a lock that stays, and leave it', async () => {
    const { file, clock, storeOf } = await scene()
    await writeFile(`${file}.lock`, '')
    const writing = expect(storeOf(file).write(TOKENS)).rejects.toThrow(/holds the lock .*config\.lock, or has left it behind/)
    await clock.advance(2_000)
    await writing
    expect(readFileSync(file, 'utf8')).toBe(TEXT)
    expect(existsSync(`${file}.lock`)).toBe(true)
  })

  it.each([
    { name: 'a file that is read-only', prepare: (file: string) => chmod(file, 0o400), message: 'it is read-only' },
    {
      name: 'values that others share',
      prepare: (file: string) => writeFile(file, `x: &x old\n${TEXT.replace('old-refresh', '*x')}`),
      message: 'its layout does not allow changing only the tokens',
    },
  ])('are not put into $name', async ({ prepare, message }) => {
    const { folder, file, storeOf } = await scene()
    await prepare(file)
    const before = readFileSync(file)
    await expect(storeOf(file).write(TOKENS)).rejects.toMatchObject({ name: 'TokenStoreError', message })
    expect(readFileSync(file)).toEqual(before)
    expect(readdirSync(folder)).toEqual(['config'])
  })

  it('are not written to anything but a file', async () => {
    const { folder, storeOf } = await scene()
    await expect(storeOf(join(folder, 'nowhere')).write(TOKENS)).rejects.toThrow('it is not a file')
    expect(readdirSync(folder)).toEqual(['config'])
  })
})
