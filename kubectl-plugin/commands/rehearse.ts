import { Option, type Command } from 'commander'
import { ROUND_KINDS, type RoundKind } from '../../shared/actions/rehearse/rehearsal.ts'
import { addConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { CommandError } from '../exit-code.ts'
import { parseDuration } from '../output/duration.ts'
import { runRehearse, type RehearseFlags } from '../rehearse/run-rehearse.ts'
import { parseReason } from '../reason.ts'
import type { Session } from '../session.ts'

/** `rehearse`: repeated moves of one election, with a report. */
export function registerRehearse(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('rehearse')
    .summary('move leadership several times, and report how the candidates cope')
    .description(
      'Moves leadership of one election several times, with a failover, or by deleting, evicting or crashing the Pod of the ' +
        'leader (--kinds), and reports the time without a leader, whether all candidates come back, and whether your own ' +
        'check succeeds again.\n\n' +
        'A round begins only when as many candidates are Ready as at the start. The time spent waiting for them is reported ' +
        'separately from the time without a leader. rehearse stops at the first unsafe result: a check that reports one, or ' +
        'an old leader that writes the lease before the lease of the new leader has expired. After the last round, it ' +
        'watches the lease for one more lease duration.\n\n' +
        '--check runs a shell command before, during and after each round. Its environment contains LEADER_PHASE (before, ' +
        'during, after), LEADER_ROUND, LEADER_KIND, LEADER_NAME, LEADER_NAMESPACE, LEADER_FROM, LEADER_POD (of the old ' +
        'leader) and LEADER_TO. Its exit code 0 means that the program works. 2 means that something unsafe happened, for example that an old leader is still ' +
        'working. Any other code means that the program does not work yet.\n\n' +
        '--audit reads an audit log of the API server while it is written, and finds every successful write of the lease by ' +
        'an old leader. The audit policy must log writes of leases at level Request or RequestResponse. Without ' +
        '--check and --audit, rehearse does not judge whether an old leader acts after it lost the lease.\n\n' +
        'Exit codes: 0 passed; 1 failed; 2 refused or declined, no changes made; 3 the API server failed or could not be ' +
        'reached; 4 not allowed (RBAC); 130 interrupted.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .addOption(new Option('--rounds <number>', 'number of rounds').argParser(Number).default(10))
    .addOption(new Option('--kinds <kinds>', 'comma-separated ways to end the term of the leader, used in turn: handover (a failover), delete-pod, evict, crash (default: handover, or crash with --crash)').argParser(parseKinds))
    .option('--check <command>', 'shell command that checks whether the program works')
    .option('--crash <command>', 'shell command that crashes the leader, for rounds of kind crash; its environment is that of --check, without LEADER_PHASE')
    .addOption(new Option('--audit <file>', 'audit log of the API server, to find writes by old leaders; can be repeated').argParser((value: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), value]))
    .addOption(new Option('--max-gap <duration>', 'maximum time without a leader, and maximum time until the check succeeds again, for a round to pass').argParser(parseDuration))
    .addOption(new Option('--ready-timeout <duration>', 'time to wait before a round until all candidates are Ready').argParser(parseDuration).default(300_000, '5m'))
    .addOption(new Option('--reason <text>', 'reason to record in the Kubernetes Events').argParser(parseReason))
    .option('--yes', 'do not ask for confirmation')
    .option('--force', 'allow kube-system, a server that is not local, and an election with no other known candidate')
    .addOption(new Option('-o, --output <format>', 'format of the report on stdout; progress goes to stderr').choices(['json', 'junit', 'html']))
  addConnectionFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  # Ten handovers in a test cluster, with a check
  ${session.programName} rehearse my-controller --rounds 10 --check "curl -sf localhost:8080/healthz" --max-gap 20s

  # Handovers and evictions in turn, and a page with the results
  ${session.programName} rehearse my-controller --kinds handover,evict --yes -o html > rehearsal.html

  # A crash of the leader's container
  ${session.programName} rehearse my-controller --crash 'kubectl exec -n $LEADER_NAMESPACE $LEADER_POD -- kill 1'`,
    )
    .action(async (name: string, flags: RehearseFlags) => {
      outcome.exitCode = await runRehearse(session, parseElectionName(name), flags)
    })
}

function parseKinds(text: string): readonly RoundKind[] {
  const kinds = text.split(',')
  const wrong = kinds.find((kind) => !ROUND_KINDS.includes(kind as RoundKind))
  if (wrong !== undefined) throw new CommandError(`"${wrong}" is not a kind of round. Use ${ROUND_KINDS.join(', ')}. No changes were made.`)
  return kinds as RoundKind[]
}
