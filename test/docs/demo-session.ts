import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LeaseLock } from '../../shared/locks/index.ts'
import { startDemo } from '../../shared/sandbox/demo/demo.ts'
import { startSandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/index.ts'
import { BUILT_CLI } from '../support/built-cli.ts'
import { realClusterAssets } from '../support/real-cluster.ts'
import { connectTo } from '../support/sandbox-client.ts'
import { ROOT } from './pages.ts'

/** As wide as a page shows without scrolling. */
const COLUMNS = 120
const ROWS = 40
/** By then every election of the sandbox has its first leader, and a past to show. */
const SETTLING_MS = 4_000

/** The sandbox that `kubectl leader sandbox` starts, and the shell of somebody who tries things in it. */
export interface DemoSession extends AsyncDisposable {
  /** For a shell: `kubectl leader` is the built program, and KUBECONFIG the sandbox's. */
  readonly env: NodeJS.ProcessEnv
  /** Runs a command on a terminal, to its end; resolves to what then stands on it, without colours. */
  readonly run: (command: string) => Promise<string>
}

export async function startDemoSession(): Promise<DemoSession> {
  const sandbox = await startSandbox()
  const client = await connectTo(sandbox)
  const stop = new AbortController()
  const demo = startDemo({ sandbox, clock: systemClock, lockFor: (place) => new LeaseLock(client, place) }, stop.signal)
  const home = await mkdtemp(join(tmpdir(), 'kubectl-leader-docs-'))
  await mkdir(join(home, 'bin'))
  await symlink(BUILT_CLI, join(home, 'bin/kubectl-leader'))
  await writeFile(join(home, 'config'), JSON.stringify(sandbox.kubeconfig()))
  const path = [join(home, 'bin'), realClusterAssets(), process.env['PATH']].filter((folder) => folder !== undefined).join(':')
  const env = { PATH: path, HOME: home, KUBECONFIG: join(home, 'config'), TERM: 'xterm-256color' }
  await systemClock.sleep(SETTLING_MS)
  return {
    env,
    run: (command) => runOnTerminal(command, { ...env, NO_COLOR: '1' }),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await demo.ended
      client.close()
      await sandbox.close()
      await rm(home, { recursive: true, maxRetries: 10 })
    },
  }
}

/** By script(1), which gives it a terminal and passes on what is written there. */
function runOnTerminal(command: string, env: NodeJS.ProcessEnv): Promise<string> {
  const inTerminal = `stty cols ${COLUMNS} rows ${ROWS} -echo; exec bash -c "$COMMAND_OF_PAGE"`
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['-qec', inTerminal, '/dev/null'], {
      cwd: ROOT,
      env: { ...env, COMMAND_OF_PAGE: command.replaceAll('\\\n> ', '\\\n'), SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    child.on('error', reject)
    child.on('close', () => resolve(leftOnScreen(text)))
  })
}

/** Without what was written over, and without control sequences. */
function leftOnScreen(written: string): string {
  const lines = written.replaceAll('\r\n', '\n').split('\n').map((line) => line.slice(line.lastIndexOf('\r') + 1))
  return lines.join('\n').replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll(/ +$/gm, '')
}
