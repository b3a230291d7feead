import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Option, type Command } from 'commander'
import { connectWith } from '../connection-flags.ts'
import { parseDuration } from '../output/duration.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { checkCommand } from '../given-command.ts'
import { parsePort } from '../port.ts'
import type { Session } from '../session.ts'

interface SandboxFlags {
  readonly port?: number
  readonly watch?: boolean
  readonly duration?: number
}

/** How long `sandbox --watch` runs if there is no terminal at which a user could stop it. */
const UNATTENDED_MS = 20_000

/** `sandbox`: a temporary API server with sample elections. */
export function registerSandbox(program: Command, session: Session, outcome: { exitCode: number }): void {
  program
    .command('sandbox')
    .summary('try kubectl leader without a cluster')
    .description(
      'Starts a small API server on the loopback interface, in this process, with sample elections that renew, change ' +
        'leaders and sometimes fail. It writes a kubeconfig to a temporary file and prints how to use it. Your own ' +
        'kubeconfig is not changed. Everything is removed on exit.',
    )
    .argument('[command...]', 'command to run with KUBECONFIG set; the sandbox stops when the command exits')
    .addOption(new Option('--port <port>', 'port to listen on (default: a free port)').argParser(parsePort))
    .option('--watch', 'show the elections live in this terminal')
    .addOption(new Option('--duration <duration>', 'stop after this time (default: run until interrupted)').argParser(parseDuration))
    .addHelpText(
      'after',
      `
Examples:
  ${session.programName} sandbox
  ${session.programName} sandbox --watch
  ${session.programName} sandbox -- ${session.programName} list -A`,
    )
    .action(async (command: readonly string[], flags: SandboxFlags) => {
      checkCommand(program, command)
      outcome.exitCode = await sandbox(session, command, flags)
    })
}

async function sandbox(session: Session, command: readonly string[], flags: SandboxFlags): Promise<number> {
  if (flags.watch && command.length > 0) throw new CommandError('--watch and a command cannot be used together.')
  const { startSandbox } = await import('../../shared/sandbox/index.ts')
  const { startDemo } = await import('../../shared/sandbox/demo/demo.ts')
  const port = flags.port ?? 0
  const server = await startSandbox({ clock: session.clock, port }).catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException
    throw new CommandError(`Cannot listen on port ${port} (${code ?? message}). Choose another --port.`)
  })
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-sandbox-')).catch(async (error: unknown) => {
    await server.close()
    const { code, message } = error as NodeJS.ErrnoException
    throw new CommandError(`Cannot create a directory for the kubeconfig in ${tmpdir()} (${code ?? message}). Set TMPDIR to a writable directory.`)
  })
  const stop = new AbortController()
  let ended = Promise.resolve()
  try {
    const kubeconfig = join(folder, 'config')
    await writeFile(kubeconfig, JSON.stringify(server.kubeconfig(), null, 2), { mode: 0o600 })
    const { LeaseLock } = await import('../../shared/locks/lease-lock.ts')
    const client = await connectWith(session, { kubeconfig })
    const demo = startDemo({ sandbox: server, clock: session.clock, lockFor: (place) => new LeaseLock(client, place) }, stop.signal)
    // Its error is thrown below, and must not prevent the cleanup.
    ended = demo.ended.catch(() => undefined).finally(() => client.close())
    const use = useSandbox(session, kubeconfig, server.url, command, flags)
    return await Promise.race([use, demo.ended.then(() => use)])
  } finally {
    stop.abort()
    await ended
    await server.close()
    await rm(folder, { recursive: true })
  }
}

/** Resolves to the exit code once the sandbox is no longer wanted. */
async function useSandbox(
  session: Session,
  kubeconfig: string,
  url: string,
  command: readonly string[],
  flags: SandboxFlags,
): Promise<number> {
  if (command.length > 0) return runCommand(session, kubeconfig, command)
  if (flags.watch) {
    const { runWatch } = await import('./watch.ts')
    const duration = flags.duration ?? (session.stdout.isTTY ? undefined : UNATTENDED_MS)
    return runWatch(session, [], { kubeconfig, allNamespaces: true, ...(duration !== undefined && { duration }) })
  }
  session.stdout.write(introduction(session.programName, kubeconfig, url))
  try {
    await session.clock.sleep(flags.duration ?? Number.POSITIVE_INFINITY, session.signal)
  } catch {
    // Ctrl-C is the normal end.
  }
  return ExitCode.done
}

function introduction(programName: string, kubeconfig: string, url: string): string {
  return `The sandbox API server is running at ${url}, with sample
elections that renew, change leaders and sometimes fail.

In another terminal, run:
  export KUBECONFIG=${kubeconfig}

Then try:
  ${programName} list -A
  ${programName} watch -A
  ${programName} describe -n shop checkout-operator
  ${programName} doctor -A
  ${programName} failover -n shop gateway-controller
  ${programName} logs -n shop checkout-operator -f
  kubectl get leases,pods -A

Press Ctrl-C to stop the sandbox and remove everything.
`
}

/** Runs a command against the sandbox. Resolves to its exit code, or to 128 + n if signal n ended it. */
async function runCommand(session: Session, kubeconfig: string, [file, ...args]: readonly string[]): Promise<number> {
  const { spawn } = await import('node:child_process')
  return new Promise((resolve, reject) => {
    const child = spawn(file!, args, { stdio: 'inherit', env: { ...session.env, KUBECONFIG: kubeconfig } })
    const stop = (): void => void child.kill('SIGTERM')
    session.signal.addEventListener('abort', stop, { once: true })
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(new CommandError(`Cannot run ${file!}: ${error.code === 'ENOENT' ? 'command not found' : error.message}.`))
    })
    child.on('exit', (code, signal) => {
      session.signal.removeEventListener('abort', stop)
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))
    })
  })
}
