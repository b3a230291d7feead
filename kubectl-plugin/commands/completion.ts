import { Argument, type Command } from 'commander'
import { complete, type CompletionSources } from '../completion/complete.ts'
import { installKubectlCompletion, isOnPath } from '../completion/install.ts'
import { formatCompletion } from '../completion/protocol.ts'
import { completionScript, SHELLS, type Shell } from '../completion/scripts.ts'
import { clusterSources } from '../completion/sources.ts'
import type { Session } from '../session.ts'

/** `completion`: the shells' scripts, kubectl's hook, and what both of them call. */
export function registerCompletion(program: Command, session: Session): void {
  const completion = program
    .command('completion')
    .summary('set up completion in your shell')
    .description('Sets up completion of commands, flags, namespaces, contexts and election names.')
    .addArgument(new Argument('<shell>', 'print the script for this shell').choices(SHELLS))
    .action((shell: Shell) => void session.stdout.write(completionScript(shell)))
    .addHelpText(
      'after',
      `
Examples:
  # Once: let kubectl (1.26 or later) complete "kubectl leader"
  ${session.programName} completion install

  # In bash or zsh, for kubectl-leader itself, and for older kubectls
  source <(${session.programName} completion bash)
  source <(${session.programName} completion zsh)

  # In fish
  ${session.programName} completion fish | source`,
    )

  completion
    .command('install')
    .summary('put kubectl_complete-leader on the PATH')
    .description('Puts kubectl_complete-leader beside kubectl-leader, where kubectl (1.26 or later) looks for it.')
    .option('--dir <dir>', 'folder on the PATH to put it in')
    .action(async (flags: { dir?: string }) => {
      const file = await installKubectlCompletion(session.env, flags.dir)
      session.stdout.write(`Wrote ${file}. kubectl's own completion now covers "kubectl leader".\n`)
      if (!(await isOnPath(session.env, file))) {
        session.stderr.write(`Warning: its folder is not on your PATH, so kubectl will not find it there.\n`)
      }
    })
}

/** Prints the candidates for the last of `words`. Not a command of its own: commander would read the words. */
export async function printCandidates(program: Command, session: Session, words: readonly string[]): Promise<void> {
  const sourcesFor = (command: Command): CompletionSources => clusterSources(session, command.opts())
  session.stdout.write(formatCompletion(await complete(program, words, sourcesFor)))
}
