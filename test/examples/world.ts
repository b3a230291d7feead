import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { readmeCommand, Terminal } from './terminal.ts'

/** A sandbox, and terminals that run the commands of an example's README on it. */
export interface World extends AsyncDisposable {
  readonly sandbox: Sandbox
  readonly env: NodeJS.ProcessEnv
  /**
   * Runs the only command of the README that contains all of these words.
   *
   * @param ports replacements for the README's ports, which may be in use on this machine
   */
  run(words: readonly string[], ports?: Readonly<Record<string, number>>): Terminal
}

export async function startWorld(example: string): Promise<World> {
  const sandbox = await startSandbox()
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-test-'))
  await writeFile(join(folder, 'config'), JSON.stringify(sandbox.kubeconfig()))
  const env = { KUBECONFIG: join(folder, 'config') }
  const terminals: Terminal[] = []
  return {
    sandbox,
    env,
    run(words, ports = {}) {
      const command = Object.entries(ports).reduce(
        (line, [written, free]) => line.replaceAll(written, String(free)),
        readmeCommand(example, ...words),
      )
      const terminal = new Terminal(command, env)
      terminals.push(terminal)
      return terminal
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(terminals.map((terminal) => terminal.kill()))
      await sandbox.close()
      await rm(folder, { recursive: true, maxRetries: 10 })
    },
  }
}
