import { Argument, type Command } from 'commander'
import { complete, type CompletionSources } from '../completion/complete.ts'
import { installKubectlCompletion, isOnPath } from '../completion/install.ts'
import { formatCompletion } from '../completion/protocol.ts'
import { completionScript, SHELLS, type Shell } from '../completion/scripts.ts'
import { clusterSources } from '../completion/sources.ts'
import { printText } from '../output/wrap.ts'
import type { Session } from '../session.ts'

/** `completion`: the shell scripts, kubectl's completion plugin, and the completions that both request. */
export function registerCompletion(program: Command, session: Session): void {
  const completion = program
    .command('completion')
    .summary('set up shell completion')
    .description('Sets up completion of commands, flags, namespaces, contexts and election names.')
    .addArgument(new Argument('<shell>', 'shell to print the script for').choices(SHELLS))
    .action((shell: Shell) => void session.stdout.write(completionScript(shell)))
    .addHelpText(
      'after',
      `
Examples:
  # Once, so that kubectl 1.26 or later completes "kubectl leader"
  ${session.programName} completion install

  # In bash or zsh, for kubectl-leader itself or an older kubectl
  source <(${session.programName} completion bash)
  source <(${session.programName} completion zsh)

  # In fish
  ${session.programName} completion fish | source`,
    )

  completion
    .command('install')
    .summary('install kubectl_complete-leader for kubectl')
    .description('Installs kubectl_complete-leader next to kubectl-leader, where kubectl 1.26 or later finds it.')
    .option('--dir <dir>', 'directory on the PATH to install to (default: the directory of kubectl-leader)')
    .action(async (flags: { dir?: string }) => {
      const file = await installKubectlCompletion(session.env, flags.dir)
      session.stdout.write(`Installed ${file}. kubectl completion now includes "kubectl leader".\n`)
      if (!(await isOnPath(session.env, file))) {
        printText(session.stderr, 'Warning: This directory is not on your PATH, so kubectl does not find the file.')
      }
    })
}

/** Prints the completions of the last of `words`. Not a command of its own, because commander would parse the words. */
export async function printCandidates(program: Command, session: Session, words: readonly string[]): Promise<void> {
  const sourcesFor = (command: Command): CompletionSources => clusterSources(session, command.opts())
  session.stdout.write(formatCompletion(await complete(program, words, sourcesFor)))
}
