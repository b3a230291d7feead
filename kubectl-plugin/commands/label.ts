import { Option, type Command } from 'commander'
import type { ElectionRef } from '../../shared/lease/election-ref.ts'
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
        'program whose holder identity names its Pod, and runs until it is interrupted. You can run several for availability: ' +
        'they elect the one that writes the label.\n\n' +
        'Two Pods never have the label at the same time, if nothing else writes it. Before a Pod gets the label, all other ' +
        'Pods of the namespace (or of the selector) get an annotation that fences them. If one of them cannot be written, no ' +
        'Pod gets the label.\n\n' +
        'The label is removed when the lease is released or blocked, and when the lease is observed to have expired. The label does ' +
        'not prove leadership: a leader that is cut off from the API server keeps it until a new leader is observed, and open ' +
        'connections stay open. When this command ends, the label stays: another process of it moves or removes the label.\n\n' +
        "Exit codes: 2 the label is in a controller's selector or Pod template; 3 the API server failed; 4 not allowed (RBAC).",
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .addOption(new Option('--label <key[=value]>', 'label to write; the default value is "true"').argParser(parseNewLabel).makeOptionMandatory())
    .option('-l, --selector <labels>', 'Pods that can have the label; must be the same for all processes (default: all Pods of the namespace)')
    .option('--lease <name>', 'lease with which several processes elect the one that writes the label (default: the name of the election with "-labeler")')
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
