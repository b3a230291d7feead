import { Option, type Command } from 'commander'
import { LockAddressError } from '../../shared/locks/lock-address-error.ts'
import { parseLockAddress, type LockAddress } from '../../shared/locks/lock-address.ts'
import { addConnectionFlags, type ConnectionFlags } from '../connection-flags.ts'
import { CommandError } from '../exit-code.ts'
import { checkCommand } from '../given-command.ts'
import type { ListenAddress } from '../join/http-sidecar.ts'
import type { JoinRequest } from '../join/join-request.ts'
import { parseDuration } from '../output/duration.ts'
import { parsePort } from '../port.ts'
import type { Session } from '../session.ts'

interface JoinFlags extends ConnectionFlags {
  readonly id?: string
  readonly leaseDuration?: number
  readonly renewDeadline?: number
  readonly retryPeriod?: number
  readonly release: boolean
  readonly once?: boolean
  readonly maxHold?: number
  readonly http?: ListenAddress
  readonly readyPort?: number
  readonly yes?: boolean
  readonly force?: boolean
  readonly take?: boolean
  readonly output?: 'json' | 'text'
}

/** `join`: be a candidate, and with a command run it only while leading. */
export function registerJoin(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('join')
    .summary('be a candidate; run a command only while leading')
    .description(
      'Takes part in an election, beside candidates of any other program. With a command, it runs that while it leads, ' +
        'with LEADER_NAME, LEADER_NAMESPACE, LEADER_IDENTITY and LEADER_FENCING_TOKEN in its environment. When ' +
        'leadership is lost, the command and all of its process group get SIGTERM, and are gone before anyone else may ' +
        'lead, also when this program is stopped or killed. What leaves the process group is not covered, and on ' +
        'Windows nothing ends politely.\n\n' +
        'Ctrl-C, SIGTERM and SIGQUIT end the command first, and then release the lease. The same signal again within a ' +
        'second is the same request. A later or different one exits at once: the command is killed, and the lease is not ' +
        'released. SIGHUP, SIGUSR1, SIGUSR2 and SIGWINCH are passed to the command. Without a running command, SIGHUP ' +
        'ends join.\n\n' +
        'With --take it does not wait until the leader is gone: it has leadership moved to itself, as failover --to does, ' +
        'with no two leaders at once. It shows the plan and asks first, and Ctrl-C undoes what can be undone. Where that ' +
        'does not come off, it does not stay as a candidate, but ends with code 1. Where nobody leads, there is nothing ' +
        'to take, and it stands as it does otherwise.\n\n' +
        'Exit codes: with a command its own, 128+n where signal n ended it, 126 or 127 where it cannot be run, 125 where ' +
        'this program fails; 75 where --once lost leadership. After a signal: the command\'s own code if it exits by itself, ' +
        'else 128+n (130 for Ctrl-C, 143 for SIGTERM). Without a command: 0 done, 1 where --take did not come off, 2 ' +
        'refused or declined, 3 and 4 as any other.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME, endpoints/NAME or redis://HOST:PORT/DB?key=NAME')
    .argument('[command...]', 'after --: what to run while leading')
    .option('--id <identity>', 'identity, which no other candidate may have; default: <hostname>_<uuid>')
    .addOption(duration('--lease-duration <duration>', "how long others wait for a leader that is gone, in whole seconds; default: the holder's, or 15s"))
    .addOption(duration('--renew-deadline <duration>', 'how long to lead on without a renewal; default 10s'))
    .addOption(duration('--retry-period <duration>', 'time between two tries; default 2s'))
    .option('--no-release', 'leave the lease to run out when it ends')
    .option('--once', 'end after the first term; otherwise it stands again')
    .addOption(duration('--max-hold <duration>', 'give leadership back after this time; 0 is never, default 10m where others run the election and no command is given'))
    .option('--take', 'move leadership here from whoever has it, with no two leaders at once')
    .option('--yes', 'agree to lead instead of others who run the election, without a command; and to --take')
    .option('--force', 'also a lease that is not a leader election, or that is held without a duration')
    .addOption(new Option('--http <[host:]port>', 'answer over HTTP who leads: /, /leader, /healthz, /readyz, /metrics').argParser(parseListen))
    .addOption(new Option('--ready-port <port>', 'listen on this port only while leading, for a readiness probe').argParser(parsePort))
    .addOption(new Option('-o, --output <format>', 'one line per event: text for people, json for programs').choices(['json', 'text']))
  addConnectionFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  # Run a command only while this is the leader
  ${session.programName} join my-lease -- ./worker --verbose

  # Lead instead of what runs in the cluster, for ten minutes
  ${session.programName} join my-controller -n my-namespace --yes --once

  # Make what you have just built the leader now, and give leadership back after ten minutes
  ${session.programName} join my-controller -n my-namespace --take --max-hold 10m --once -- ./my-controller

  # As a sidecar: tell over HTTP who leads
  ${session.programName} join my-app --http 4040 --yes --max-hold 0

  # In Redis
  ${session.programName} join 'redis://localhost:6379/0?key=my-election' -- ./worker`,
    )
    .action(async (name: string, words: readonly string[], flags: JoinFlags) => {
      checkCommand(program, words)
      const { runJoin } = await import('../join/run-join.ts')
      outcome.exitCode = await runJoin(session, joinRequest(name, words, flags))
    })
}

function joinRequest(name: string, command: readonly string[], flags: JoinFlags): JoinRequest {
  const { leaseDuration, renewDeadline, retryPeriod } = flags
  return {
    address: parseAddress(name),
    command,
    connection: flags,
    timings: {
      ...(leaseDuration !== undefined && { leaseDurationMs: leaseDuration }),
      ...(renewDeadline !== undefined && { renewDeadlineMs: renewDeadline }),
      ...(retryPeriod !== undefined && { retryPeriodMs: retryPeriod }),
    },
    identity: flags.id,
    maxHoldMs: flags.maxHold,
    http: flags.http,
    readyPort: flags.readyPort,
    isOnce: flags.once ?? false,
    isReleasing: flags.release,
    isAgreed: flags.yes ?? false,
    isForced: flags.force ?? false,
    isTaking: flags.take ?? false,
    output: flags.output ?? 'text',
  }
}

function parseAddress(text: string): LockAddress {
  try {
    return parseLockAddress(text)
  } catch (error) {
    if (error instanceof LockAddressError) throw new CommandError(error.message)
    throw error
  }
}

function duration(flags: string, description: string): Option {
  return new Option(flags, description).argParser(parseDuration)
}

/** `[HOST:]PORT`; loopback where no host is given. An IPv6 address stands in brackets. */
function parseListen(text: string): ListenAddress {
  const split = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d+)$/.exec(text)
  if (!split) return { host: '127.0.0.1', port: parsePort(text) }
  return { host: (split[1] ?? split[2])!, port: parsePort(split[3]!) }
}
