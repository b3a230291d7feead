import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

export interface KubectlOptions {
  readonly command: string
  readonly kubeconfig: string
  /** HOME and the caches below it, so that the user's own kubectl settings don't count. */
  readonly home: string
  /** Its standard input; empty by default. */
  readonly input?: string | undefined
}

/** kubectl ended with something else than 0. */
export class KubectlError extends Error {
  override readonly name = 'KubectlError'
  /** Null where a signal ended it. */
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string

  constructor(args: readonly string[], exitCode: number | null, stdout: string, stderr: string) {
    super(`kubectl ${args.join(' ')} ended with ${exitCode ?? 'a signal'}: ${stderr.trim() || stdout.trim()}`)
    this.exitCode = exitCode
    this.stdout = stdout
    this.stderr = stderr
  }
}

/** Runs kubectl and resolves to what it printed on stdout. */
export async function runKubectl(args: readonly string[], options: KubectlOptions): Promise<string> {
  const child = spawn(options.command, args, {
    env: { PATH: process.env['PATH'], HOME: options.home, KUBECONFIG: options.kubeconfig },
    stdio: 'pipe',
  })
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve)
    child.once('error', reject)
  })
  // A kubectl that ends without reading its input is judged by its exit code.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const [exitCode, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)])
  if (exitCode !== 0) throw new KubectlError(args, exitCode, stdout, stderr)
  return stdout
}
