import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Date of all files in an archive, so that the same files make the same archive. zip has no earlier date. */
export const DATE = new Date('1980-01-01T00:00:00Z')

/** Packs the files of a folder, without the folder itself, as `.zip` or `.tar.gz`, depending on the archive's name. */
export function pack(folder: string, archive: string): void {
  const files = readdirSync(folder).sort()
  rmSync(archive, { force: true })
  if (archive.endsWith('.zip')) {
    for (const file of files) utimesSync(join(folder, file), DATE, DATE)
    execFileSync('zip', ['-X', '-q', resolve(archive), ...files], { cwd: folder, env: { ...process.env, TZ: 'UTC' } })
    return
  }
  const plain = ['--format=ustar', '--owner=0', '--group=0', '--numeric-owner', `--mtime=${DATE.toISOString()}`]
  execFileSync('tar', [...plain, '--use-compress-program=gzip -n', '-cf', resolve(archive), ...files], { cwd: folder })
}

/** Packs a folder and all that is below it as a `.tar`, so that the same files make the same archive. */
export function packTree(folder: string, file: string): void {
  const plain = ['--format=gnu', '--sort=name', '--owner=0', '--group=0', '--numeric-owner', `--mtime=${DATE.toISOString()}`]
  execFileSync('tar', [...plain, '-cf', file, '-C', folder, '.'])
}

/** The SHA-256 of a file, in hexadecimal. */
export function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
