import { Option, type Command } from 'commander'
import { addConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import type { FailoverFlags } from '../failover/failover-flags.ts'
import { parseDuration } from '../output/duration.ts'
import { parseReason } from '../reason.ts'
import type { Session } from '../session.ts'

function repeated(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value]
}

/** `failover`: moves leadership without overlapping leaders, and reports whether it moved. */
export function registerFailover(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('failover')
    .summary('move leadership without overlapping leaders, and confirm that it moved')
    .description(
      'Moves leadership away from the current leader without overlapping leaders.\n\n' +
        'failover blocks the lease, so that no candidate can acquire it, until the old leader must have stopped. It then ' +
        'releases the lease, or hands it over to --to, and waits for the new leader. kubectl-leader candidates confirm that ' +
        'they have stopped, so the failover takes less than a second. For any other leader, it waits slightly longer than ' +
        "the lease duration. This is safe if the leader's renew deadline plus its retry period is shorter than that, as with " +
        "client-go's defaults.\n\n" +
        'Before it changes anything, failover shows its plan and asks for confirmation. If you press Ctrl-C within one ' +
        'renewal interval after the lease is blocked, the old leader gets the lease back, unless it has already stopped. ' +
        'Later, the lease stays blocked until the old leader must have stopped, and is then released. If this command is ' +
        'killed, the lease expires on its own.\n\n' +
        "With --to, failover needs the candidate's holder identity. To see the identities that are known, use candidates. If " +
        'the identity is not known, failover refuses, unless you pass --tries.\n\n' +
        'With several names, -l, --on-node or --in-zone, failover moves several elections, with one plan, one question, and a ' +
        'result for each election. Leaders in one Pod move together. New leaders are kept off the selected nodes, off nodes ' +
        'that are not ready or cordoned, and, if possible, off nodes that a failover has emptied before. Elections without a ' +
        'candidate elsewhere are listed, but not moved.\n\n' +
        'Exit codes: 0 leadership moved (of several elections: of all of them), and with --to, --not-on or --not-in, moved as ' +
        'requested (or a dry run succeeded); 1 the old leader acquired the lease again, no candidate or a different one ' +
        'acquired it, or another client changed the lease; 2 refused or declined, no changes ' +
        'made; 3 the API server failed or could not be reached; 4 not allowed (RBAC); 128+n interrupted by signal n (130 for ' +
        'Ctrl-C).',
    )
    .argument('[name...]', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME; several names move several elections')
    .option('-l, --selector <selector>', 'label selector of the elections to move')
    .option('-A, --all-namespaces', 'select elections in all namespaces (default with --on-node and --in-zone, unless -n is passed)')
    .addOption(new Option('--on-node <node>', 'move all elections whose leaders run on this node; can be repeated').argParser(repeated))
    .addOption(new Option('--in-zone <zone>', 'move all elections whose leaders run in this zone; can be repeated').argParser(repeated))
    .addOption(new Option('--at-once <number>', 'maximum number of failovers of several elections at the same time (default: 4)').argParser(Number))
    .option('--to <candidate>', 'candidate to hand leadership to: its holder identity, pod/NAME, or the name of its Pod (default: the first candidate to acquire the lease)')
    .addOption(new Option('--not-on <node>', 'node/NAME that the new leader must not run on; can be repeated').argParser(repeated))
    .addOption(new Option('--not-in <zone>', 'zone/NAME that the new leader must not run in; can be repeated').argParser(repeated))
    .addOption(
      new Option('--tries <number>', 'if the identity of the wanted candidate is not known: maximum number of times to release the lease until that candidate acquires it, 1 to 3 (default: 1)')
        .argParser(Number),
    )
    .addOption(
      new Option('--block-for <duration>', 'maximum time to block the lease; a shorter time than the default can lead to two leaders (default: lease duration plus one renewal interval)')
        .argParser(parseDuration),
    )
    .option('--delete-pod', "delete the leader's Pod instead of blocking the lease; the candidates then elect a new leader on their own")
    .addOption(new Option('--reason <text>', 'reason to record in the Kubernetes Events').argParser(parseReason))
    .addOption(new Option('--dry-run <where>', 'make no changes: client shows the plan, server also validates it with the API server').choices(['client', 'server']))
    .option('--yes', 'do not ask for confirmation')
    .option('--force', 'allow a lease that is not a leader election, an election with no other known candidate, and a --to identity that nothing in the cluster confirms')
    .addOption(
      new Option('--timeout <duration>', 'time to wait for a new leader after the lease is released (default: twice the lease duration, at least 30s; with --to, one lease duration more)')
        .argParser(parseDuration),
    )
    .addOption(new Option('-o, --output <format>', 'print one JSON object per event').choices(['json']))
  addConnectionFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  # Show the plan without making changes
  ${session.programName} failover my-controller -n my-namespace --dry-run=client

  # Move leadership to the first candidate that acquires the lease
  ${session.programName} failover my-controller -n my-namespace --reason "node maintenance"

  # Move leadership to one candidate, without confirmation
  ${session.programName} failover my-controller -n my-namespace --to pod/my-controller-1 --yes

  # Move the leader of one election off a node
  ${session.programName} failover my-controller -n my-namespace --not-on node/worker-1

  # Move all leaders off a node, before it is drained
  ${session.programName} failover --on-node worker-1`,
    )
    .action(async (names: readonly string[], flags: FailoverFlags) => {
      const { carryOutMany, isOfMany } = await import('../failover/many.ts')
      if (isOfMany(names, flags)) {
        outcome.exitCode = await carryOutMany(session, names, flags)
        return
      }
      const { carryOut } = await import('../failover/carry-out.ts')
      outcome.exitCode = await carryOut(session, parseElectionName(names[0]!), flags)
    })
}
