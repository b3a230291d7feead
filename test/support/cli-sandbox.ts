import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { run } from '../../kubectl-plugin/program.ts'
import { startSandbox, type KubeconfigOptions, type Sandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { fakeSession, type FakeSession } from './fake-session.ts'

/** What a run of the command line came to. */
export interface CliResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  /** Whose kubeconfig it has; default: the sandbox's administrator. */
  readonly kubeconfig?: KubeconfigOptions
  /** Makes stdout a terminal of so many cells. */
  readonly columns?: number
  readonly env?: NodeJS.ProcessEnv
}

/** A sandbox, and the command line run against it in this process, at a wall clock that stands still. */
export interface CliSandbox extends AsyncDisposable {
  readonly sandbox: Sandbox
  /** What every run takes for now; milliseconds since the epoch. */
  readonly nowMs: number
  /** A timestamp so many seconds before {@link nowMs}. */
  readonly secondsAgo: (seconds: number) => string
  readonly cli: (args: readonly string[], options?: CliOptions) => Promise<CliResult>
}

export async function startCliSandbox(): Promise<CliSandbox> {
  const nowMs = Date.UTC(2026, 0, 1, 12)
  const sandbox = await startSandbox()
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-test-'))
  return {
    sandbox,
    nowMs,
    secondsAgo: (seconds) => new Date(nowMs - seconds * 1000).toISOString(),
    async cli(args, { kubeconfig, columns, env } = {}) {
      const file = join(folder, 'config')
      await writeFile(file, JSON.stringify(sandbox.kubeconfig(kubeconfig)))
      const clock = new FakeClock({ wallMs: nowMs })
      const { session, stdout, stderr } = fakeSession({
        clock,
        env: { HOME: folder, KUBECONFIG: file, ...env },
        ...(columns !== undefined && { columns }),
      })
      const exitCode = await run(session, args)
      return { exitCode, stdout: stdout(), stderr: stderr() }
    },
    async [Symbol.asyncDispose]() {
      await sandbox.close()
      await rm(folder, { recursive: true, maxRetries: 10 })
    },
  }
}

/** A command that is running. */
export interface RunningCommand extends FakeSession {
  /** Its exit code. */
  readonly code: Promise<number>
}

/** A sandbox, and the command line run against it in this process, at the system's clocks. */
export interface LiveCliSandbox extends AsyncDisposable {
  readonly sandbox: Sandbox
  /** @param options.answer the line that a person types; without it there is no terminal */
  readonly start: (args: readonly string[], options?: { readonly answer?: string; readonly user?: string }) => Promise<RunningCommand>
}

/** Beside the administrator, it has the user `reader`, who may read everything. */
export async function startLiveCliSandbox(): Promise<LiveCliSandbox> {
  const sandbox = await startSandbox()
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-test-'))
  sandbox.addUser({ name: 'reader', rules: [{ verbs: ['get', 'list', 'watch'], apiGroups: ['*'], resources: ['*'] }] })
  return {
    sandbox,
    async start(args, { answer, user } = {}) {
      const file = join(folder, 'config')
      await writeFile(file, JSON.stringify(sandbox.kubeconfig(user === undefined ? {} : { user })))
      const fake = fakeSession({ clock: systemClock, env: { KUBECONFIG: file } })
      const typed = new PassThrough()
      const stdin = Object.assign(typed, { isTTY: answer !== undefined }) as unknown as NodeJS.ReadStream
      if (answer !== undefined) {
        typed.write(`${answer}\n`)
        Object.assign(fake.session.stderr, { isTTY: true })
      }
      return { ...fake, code: run({ ...fake.session, stdin }, args) }
    },
    async [Symbol.asyncDispose]() {
      await sandbox.close()
      await rm(folder, { recursive: true, maxRetries: 10 })
    },
  }
}
