import { Option, type Command } from 'commander'
import type { Session } from '../session.ts'
import { VERSION } from '../version.ts'

/** `version`. */
export function registerVersion(program: Command, session: Session): void {
  program
    .command('version')
    .summary('print the version')
    .description('Prints the version of this program and of the Node.js that runs it.')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json']))
    .action((flags: { output?: 'json' }) => {
      const version = { version: VERSION, node: process.versions.node, platform: `${process.platform}/${process.arch}` }
      session.stdout.write(
        flags.output === 'json'
          ? `${JSON.stringify(version)}\n`
          : `kubectl-leader ${version.version} (Node.js ${version.node}, ${version.platform})\n`,
      )
    })
}
