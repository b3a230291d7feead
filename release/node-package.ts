import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { NodePackage } from './targets.ts'

/** A package's files, unpacked. */
export interface UnpackedNode {
  /** The Node.js in it. */
  readonly binary: string
  /** The license of Node.js and of everything in it; packages for Windows have none. */
  readonly license: string
}

/**
 * Gets a package from npm, or from the cache of an earlier run, and unpacks it.
 *
 * @param folder the target folder; it is created, and the caller removes it
 * @throws Error if the package's checksum is not `integrity`
 */
export function unpackNode({ name, version, integrity }: NodePackage, folder: string): UnpackedNode {
  const cache = join(process.env['KUBECTL_LEADER_CACHE'] ?? join(homedir(), '.cache/kubectl-leader'), 'node-packages')
  const file = join(cache, `${name}-${version}.tgz`)
  if (!existsSync(file)) download(name, version, cache)
  const sum = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`
  if (sum !== integrity) throw new Error(`The checksum of ${file} (${name} ${version}) is ${sum}, not the expected one.`)
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['-xzf', file, '-C', folder, '--strip-components=1', '--exclude=package/include', '--exclude=package/share'])
  return {
    binary: join(folder, 'bin', name.startsWith('node-win') ? 'node.exe' : 'node'),
    license: join(folder, 'LICENSE'),
  }
}

function download(name: string, version: string, cache: string): void {
  mkdirSync(cache, { recursive: true })
  const draft = mkdtempSync(join(cache, 'draft-'))
  try {
    execFileSync('npm', ['pack', '--silent', `${name}@${version}`], { cwd: draft, stdio: ['ignore', 'ignore', 'inherit'] })
    renameSync(join(draft, `${name}-${version}.tgz`), join(cache, `${name}-${version}.tgz`))
  } finally {
    rmSync(draft, { recursive: true })
  }
}
