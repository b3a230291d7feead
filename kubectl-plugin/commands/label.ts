import { Option, type Command } from 'commander'
import type { ElectionRef } from '../../shared/lease/index.ts'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { parseNewLabel, type Label } from '../label/label-request.ts'
import { runLabel } from '../label/run-label.ts'
import type { Session } from '../session.ts'

interface LabelFlags extends ConnectionFlags {
  readonly label: Label
  readonly selector?: string
  readonly lease?: string
  readonly id?: string
  readonly output?: 'json' | 'text'
}

/** `label`: a label that follows the leader of an election of any program. */
export function registerLabel(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('label')
    .summary("keep a label on the leader's Pod")
    .description(
      "Keeps a label on the Pod of an election's leader, so that a Service can select it. It works for elections of any " +
        'program whose holder identity names its Pod, and runs until it is interrupted. Run several for availability: they ' +
        'elect the one that writes.\n\n' +
        'At no moment do two Pods bear the label, as far as only this command writes it: before it labels a Pod, it fences all ' +
        'other Pods of the namespace (or of the selector), with an annotation. If one of them cannot be written, no Pod is ' +
        'labeled. The label is removed when the lease is released, blocked or observed expired. It does not prove leadership: a ' +
        'leader that is cut off keeps it until the next one is found, and connections that are open stay open.\n\n' +
        "Exit codes: 2 the label is in a controller's selector or Pod template; 3 the API server failed; 4 not allowed (RBAC).",
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .addOption(new Option('--label <key[=value]>', 'label to write; the default value is "true" (required)').argParser(parseNewLabel).makeOptionMandatory())
    .option('-l, --selector <labels>', 'Pods that can bear the label; must be the same for all processes (default: all Pods of the namespace)')
    .option('--lease <name>', 'lease by which several processes elect the writer (default: the name of the election with "-labeler")')
    .option('--id <identity>', 'holder identity in that lease (default: <hostname>_<uuid>)')
    .addOption(new Option('-o, --output <format>', 'print one line per event, as text or JSON').choices(['json', 'text']))
  addConnectionFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  # A label for a Service with the selector example.com/leader: "true"
  ${session.programName} label my-controller -n my-namespace --label example.com/leader -l app=my-controller`,
    )
    .action(async (text: string, flags: LabelFlags) => {
      const { lock, name } = parseElectionName(text)
      const client = await connectWith(session, flags)
      try {
        const election: ElectionRef = { lock: lock ?? 'lease', namespace: client.namespace, name }
        outcome.exitCode = await runLabel(session, client, {
          election,
          label: flags.label,
          labelSelector: flags.selector,
          lease: flags.lease ?? `${name}-labeler`,
          identity: flags.id,
          output: flags.output ?? 'text',
        })
      } finally {
        client.close()
      }
    })
}
