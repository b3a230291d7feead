import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { pack, sha256 } from '../../release/archive.ts'

const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-archives-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A folder as a release packs it, whose files were written at some time in some order. */
function filesWritten(name: string, names: readonly string[], date: Date): string {
  const files = join(folder, name)
  mkdirSync(files)
  for (const file of names) {
    writeFileSync(join(files, file), `what is in ${file}`)
    utimesSync(join(files, file), date, date)
  }
  chmodSync(join(files, 'program'), 0o755)
  return files
}

const one = filesWritten('one', ['program', 'LICENSE'], new Date('2025-01-01'))
const other = filesWritten('other', ['LICENSE', 'program'], new Date('2026-06-06'))

describe.each([
  ['tar.gz', ['tar', '-xzf']],
  ['zip', ['unzip', '-q']],
])('a .%s', (kind, [unpack, ...options]) => {
  const file = join(folder, `one.${kind}`)
  pack(one, file)

  it('has the files of the folder, executables as such', () => {
    const target = join(folder, `unpacked-${kind}`)
    mkdirSync(target)
    execFileSync(unpack!, [...options, file], { cwd: target })
    expect(execFileSync('sh', ['-c', 'stat -c "%A %n" *; cat *'], { cwd: target, encoding: 'utf8' })).toBe(
      '-rw-r--r-- LICENSE\n-rwxr-xr-x program\nwhat is in LICENSEwhat is in program',
    )
  })

  it('is the same for the same files, whenever they were written', () => {
    const again = join(folder, `again.${kind}`)
    pack(other, again)
    expect(sha256(again)).toBe(sha256(file))
  })
})
