import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { electionFromAnnotated, electionFromLease } from '../../shared/lease/election.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import { startDemo } from '../../shared/sandbox/demo/demo.ts'
import { DEMO_ELECTIONS, type DemoElection } from '../../shared/sandbox/demo/elections.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { BUILT_CLI } from '../support/built-cli.ts'
import { realClusterAssets } from '../support/real-cluster.ts'
import { connectTo } from '../support/sandbox-client.ts'
import { ROOT } from './pages.ts'

/** The width that a page shows without a scroll bar. */
const COLUMNS = 120
const ROWS = 40
const POLL_MS = 50
const LEASES = 'leases.coordination.k8s.io'

/** The sample elections without spontaneous transitions and failures. */
const CALM = DEMO_ELECTIONS.map((election): DemoElection => ({ ...election, happenings: {} }))
/** The election that a page watches during a transition. */
const WATCHED = { namespace: 'shop', name: 'price-updater' }
/** Time that a command may take before it has read the leases; a lease must not look late by then. */
const LISTING_MS = 3_000

/** A sandbox like that of `kubectl leader sandbox`, and the environment of a shell that uses it. */
export interface DemoSession extends AsyncDisposable {
  /** For a shell: `kubectl leader` runs the built program, and KUBECONFIG is the sandbox's. */
  readonly env: NodeJS.ProcessEnv
  /** Runs a command on a terminal until it exits. Resolves to the final content of the terminal, without colors. */
  readonly run: (command: string) => Promise<string>
}

/** @param elections default: the sample elections without spontaneous changes, so that a command always prints the same. */
export async function startDemoSession(elections: readonly DemoElection[] = CALM): Promise<DemoSession> {
  const sandbox = await startSandbox()
  const client = await connectTo(sandbox)
  const stop = new AbortController()
  const demo = startDemo({ sandbox, clock: systemClock, elections, lockFor: (place) => new LeaseLock(client, place) }, stop.signal)
  const home = await mkdtemp(join(tmpdir(), 'kubectl-leader-docs-'))
  await mkdir(join(home, 'bin'))
  await symlink(BUILT_CLI, join(home, 'bin/kubectl-leader'))
  await writeFile(join(home, 'config'), JSON.stringify(sandbox.kubeconfig()))
  const path = [join(home, 'bin'), realClusterAssets(), process.env['PATH']].filter((folder) => folder !== undefined).join(':')
  const env = { PATH: path, HOME: home, KUBECONFIG: join(home, 'config'), TERM: 'xterm-256color' }
  /** Starts transitions of the watched election, repeatedly, once a command watches it. */
  const handOverWhileWatched = async (isOver: () => boolean): Promise<void> => {
    const watches = (): number =>
      sandbox.requests.list(({ verb, path }) => verb === 'watch' && path.includes(WATCHED.name)).length
    const before = watches()
    while (!isOver()) {
      if (watches() > before) demo.handOver(WATCHED.namespace, WATCHED.name)
      await systemClock.sleep(POLL_MS)
    }
  }
  await untilSettled(sandbox, elections)
  return {
    env,
    async run(command) {
      await untilSettled(sandbox, elections)
      let isOver = false
      const handingOver = handOverWhileWatched(() => isOver)
      const printed = await runOnTerminal(command, { ...env, NO_COLOR: '1' }).finally(() => {
        isOver = true
      })
      await handingOver
      return printed
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await demo.ended
      client.close()
      await sandbox.close()
      await rm(home, { recursive: true, maxRetries: 10 })
    },
  }
}

/** Resolves when each election has a leader that has just renewed its lease. */
async function untilSettled(sandbox: Sandbox, elections: readonly DemoElection[]): Promise<void> {
  const isSettled = ({ lock, namespace, name, timings }: DemoElection): boolean => {
    const object = sandbox.peek(lock === 'lease' ? LEASES : 'configmaps', namespace, name)
    const record = (lock === 'lease' ? electionFromLease(object) : electionFromAnnotated(lock, object))?.record
    if (!record?.holderIdentity) return false
    return systemClock.wallMs() - Date.parse(record.renewTime!) + LISTING_MS < (timings.leaseDurationMs * 2) / 3
  }
  while (!elections.every(isSettled)) await systemClock.sleep(POLL_MS)
}

/** Uses script(1), which gives the command a terminal and copies the output. */
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

/** The output without overwritten text and control sequences. */
function leftOnScreen(written: string): string {
  const lines = written.replaceAll('\r\n', '\n').split('\n').map((line) => line.slice(line.lastIndexOf('\r') + 1))
  return lines.join('\n').replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll(/ +$/gm, '')
}
