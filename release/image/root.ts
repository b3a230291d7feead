import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packTree } from '../archive.ts'
import type { DebianPackage } from './debian.ts'

/** What the executable and Debian's tini need. `gcc-14-base` has the license of the libraries of GCC. */
export const PACKAGES = ['base-files', 'ca-certificates', 'gcc-14-base', 'libc6', 'libgcc-s1', 'libstdc++6', 'tini'] as const

/** The user and the group that the image runs as: `nonroot`, as in other images without a shell. */
export const USER_ID = 65_532

/** Left out, except for the licenses. */
const DOCUMENTATION = ['usr/share/bug', 'usr/share/doc/*/*', 'usr/share/lintian', 'usr/share/locale', 'usr/share/man']

/**
 * Writes the layer that all versions share: packages of Debian, without their maintainer scripts, and what these would have
 * written. The same packages make the same layer.
 *
 * @param layer the file to write, a `.tar`
 */
export function writeBaseLayer(packages: readonly DebianPackage[], layer: string): void {
  inFolder((root) => {
    for (const { name, file } of packages) {
      execFileSync('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar -xp --no-same-owner -C "$2"', 'sh', file, root])
      // Where scanners of images without dpkg look for packages.
      const record = join(root, 'var/lib/dpkg/status.d', name)
      mkdirSync(dirname(record), { recursive: true })
      writeFileSync(record, execFileSync('dpkg-deb', ['--field', file]))
    }
    for (const path of globSync(DOCUMENTATION, { cwd: root })) {
      if (!path.endsWith('/copyright')) rmSync(join(root, path), { recursive: true, force: true })
    }
    // As update-ca-certificates does.
    const certificates = globSync('usr/share/ca-certificates/mozilla/*.crt', { cwd: root }).sort()
    write(root, 'etc/ssl/certs/ca-certificates.crt', certificates.map((file) => readFileSync(join(root, file), 'utf8')).join(''))
    write(root, 'etc/passwd', `root:x:0:0:root:/root:/usr/sbin/nologin\nnonroot:x:${USER_ID}:${USER_ID}:nonroot:/nonexistent:/usr/sbin/nologin\n`)
    write(root, 'etc/group', `root:x:0:\nnonroot:x:${USER_ID}:\n`)
    write(root, 'etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n')
    packTree(root, layer)
  })
}

/**
 * Writes a layer with files.
 *
 * @param files the source of each path in the image
 * @param layer the file to write, a `.tar`
 */
export function writeLayer(files: Readonly<Record<string, string>>, layer: string): void {
  inFolder((root) => {
    for (const [path, source] of Object.entries(files)) cpSync(source, join(root, path), { recursive: true })
    packTree(root, layer)
  })
}

function write(root: string, path: string, content: string): void {
  const file = join(root, path)
  if (existsSync(file)) throw new Error(`${path} is in a package already.`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content, { mode: 0o644 })
}

function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-layer-'))
  try {
    execFileSync('chmod', ['755', folder])
    use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
