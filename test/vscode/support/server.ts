import { spawn } from 'node:child_process'
import { createWriteStream, existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isGroupAlive } from '../../support/join-scene.ts'
import { freePorts } from '../../support/real/ports.ts'
import type { Profile } from './profile.ts'

/** How long the server may take until it listens, in milliseconds. */
const START_TIMEOUT_MS = 60_000

/**
 * The folder of VS Code's server: what `VSCODE_SERVER` names, or what `test/install/code-server.sh` keeps in the cache.
 *
 * @throws Error where there is none.
 */
export function vscodeServerFolder(): string {
  const named = process.env['VSCODE_SERVER']
  const cache =
    process.env['KUBECTL_LEADER_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kubectl-leader')
  const folders = named
    ? [named]
    : (existsSync(cache) ? readdirSync(cache) : []).filter((name) => /^code-server-\d/.test(name)).map((name) => join(cache, name))
  const found = folders.findLast((folder) => existsSync(join(folder, 'out/server-main.js')))
  if (!found) throw new Error('There is no VS Code to test in. Run test/install/code-server.sh first.')
  return found
}

/** VS Code's server in a process group of its own: it serves the workbench to browsers and runs extension hosts. */
export interface VscodeServer extends AsyncDisposable {
  /** `localhost:PORT`, which is also the authority of its `vscode-remote:` URIs. */
  readonly authority: string
  readonly pid: number
  /** Process ids of the extension hosts, one for each window. */
  extensionHosts(): number[]
  /** What it printed so far. */
  log(): string
}

export interface VscodeServerOptions {
  /** Beside a bare environment, in which nothing of the person who runs the tests shows. */
  readonly env?: NodeJS.ProcessEnv
  /** Whether the page's URL may name a suite to run, and the page reports back. Then no notification pops up. */
  readonly isAutomated?: boolean
  /** The language of the pages and extensions, if the profile has it; default: English. */
  readonly locale?: string
}

/** Starts a server on a profile. */
export async function startVscodeServer(profile: Profile, options: VscodeServerOptions = {}): Promise<VscodeServer> {
  const [port] = (await freePorts(1)) as [number]
  const child = spawn(
    process.execPath,
    [
      join(vscodeServerFolder(), 'out/server-main.js'),
      ...['--host', '127.0.0.1', '--port', String(port)],
      ...['--user-data-dir', profile.userData, '--extensions-dir', profile.extensions],
      '--without-connection-token',
      '--accept-server-license-terms',
      '--telemetry-level=off',
      ...(options.locale ? ['--locale', options.locale] : []),
      ...(options.isAutomated ? ['--enable-smoke-test-driver'] : []),
    ],
    {
      cwd: profile.home,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: profile.home, LANG: 'C.UTF-8', SHELL: '/bin/bash', ...options.env },
    },
  )
  const { pid } = child
  if (pid === undefined) throw new Error(`${process.execPath} can't be started`)
  const atExit = (): void => killGroup(pid)
  process.once('exit', atExit)
  const logFile = createWriteStream(join(profile.folder, 'server.log'))
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk
      logFile.write(chunk)
    })
  }
  const server: VscodeServer = {
    authority: `localhost:${port}`,
    pid,
    extensionHosts: () => childrenOf(pid, '--type=extensionHost'),
    log: () => log,
    async [Symbol.asyncDispose]() {
      killGroup(pid)
      // All of it: its children write into the profile, which is removed next.
      while (isGroupAlive(pid)) await delay(50)
      process.off('exit', atExit)
      logFile.end()
    },
  }
  const giveUpAtMs = performance.now() + START_TIMEOUT_MS
  while (!log.includes('Extension host agent listening')) {
    if (child.exitCode !== null || performance.now() > giveUpAtMs) {
      await server[Symbol.asyncDispose]()
      throw new Error(`VS Code's server did not start:\n${log.slice(-2_000)}`)
    }
    await delay(50)
  }
  return server
}

/** Ids of the running processes below `parent` that have such an argument. */
function childrenOf(parent: number, argument: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)
  return pids.filter((pid) => {
    try {
      const ppid = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
      return ppid === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument)
    } catch {
      // It has ended since it was listed.
      return false
    }
  })
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
