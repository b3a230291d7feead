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

/** How long `sandbox --watch` goes on where nobody sits at a terminal to end it. */
const UNATTENDED_MS = 20_000

/** `sandbox`: a throw-away API server with elections in it. */
export function registerSandbox(program: Command, session: Session, outcome: { exitCode: number }): void {
  program
    .command('sandbox')
    .summary('try everything without a cluster')
    .description(
      'Starts a small API server in this process, on loopback, with elections in it that renew, hand over and now and ' +
        'then fail. It writes a kubeconfig for it to a temporary file and prints how to use it; your own kubeconfig is ' +
        'not touched. When it ends, nothing of it stays.',
    )
    .argument('[command...]', 'run this with KUBECONFIG set, and end when it ends')
    .addOption(new Option('--port <port>', 'listen on this port; default: any free one').argParser(parsePort))
    .option('--watch', 'show the elections live in this terminal')
    .addOption(new Option('--duration <duration>', 'end after this time').argParser(parseDuration))
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
  if (flags.watch && command.length > 0) throw new CommandError('Give either --watch or a command to run, not both.')
  const { startSandbox } = await import('../../shared/sandbox/index.ts')
  const { startDemo } = await import('../../shared/sandbox/demo/demo.ts')
  const port = flags.port ?? 0
  const server = await startSandbox({ clock: session.clock, port }).catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException
    throw new CommandError(`Cannot listen on port ${port} (${code ?? message}). Give another --port.`)
  })
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-sandbox-')).catch(async (error: unknown) => {
    await server.close()
    const { code, message } = error as NodeJS.ErrnoException
    throw new CommandError(`No folder for the kubeconfig can be made in ${tmpdir()} (${code ?? message}). Set TMPDIR to one that can be written.`)
  })
  const stop = new AbortController()
  let ended = Promise.resolve()
  try {
    const kubeconfig = join(folder, 'config')
    await writeFile(kubeconfig, JSON.stringify(server.kubeconfig(), null, 2), { mode: 0o600 })
    const { LeaseLock } = await import('../../shared/locks/lease-lock.ts')
    const client = await connectWith(session, { kubeconfig })
    const demo = startDemo({ sandbox: server, clock: session.clock, lockFor: (place) => new LeaseLock(client, place) }, stop.signal)
    // What goes wrong in it is thrown below, and keeps nothing from being cleared away.
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
    // Ctrl-C is how it is meant to end.
  }
  return ExitCode.done
}

function introduction(programName: string, kubeconfig: string, url: string): string {
  return `A sandbox API server is running at ${url}, with elections that renew, hand over and now and then fail.

In another terminal, paste this:
  export KUBECONFIG=${kubeconfig}

and then try:
  ${programName} list -A
  ${programName} watch -A
  ${programName} describe -n shop checkout-operator
  ${programName} doctor -A
  ${programName} failover -n shop gateway-controller
  ${programName} logs -n shop checkout-operator -f
  kubectl get leases,pods -A

Ctrl-C ends it, and nothing of it stays.
`
}

/** Runs a command on the sandbox; its exit code is ours, or 128 + n where signal n ended it. */
async function runCommand(session: Session, kubeconfig: string, [file, ...args]: readonly string[]): Promise<number> {
  const { spawn } = await import('node:child_process')
  return new Promise((resolve, reject) => {
    const child = spawn(file!, args, { stdio: 'inherit', env: { ...session.env, KUBECONFIG: kubeconfig } })
    const stop = (): void => void child.kill('SIGTERM')
    session.signal.addEventListener('abort', stop, { once: true })
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(new CommandError(`Cannot run ${file!}: ${error.code === 'ENOENT' ? 'there is no such command' : error.message}.`))
    })
    child.on('exit', (code, signal) => {
      session.signal.removeEventListener('abort', stop)
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))
    })
  })
}
