import { Option, type Command } from 'commander'
import type { HealthSettings } from '../../shared/election/health-config.ts'
import { healthCheck } from '../../shared/health/health-check.ts'
import { addConnectionFlags, type ConnectionFlags } from '../connection-flags.ts'
import { parseAddress } from '../election-name.ts'
import { CommandError } from '../exit-code.ts'
import { checkCommand } from '../given-command.ts'
import { parseListen, type ListenAddress } from '../http-server.ts'
import type { JoinRequest, OwnLabelRequest } from '../join/join-request.ts'
import { parseNewLabel, type Label } from '../label/label-request.ts'
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
  readonly label?: Label
  readonly selector?: string
  readonly pod?: string
  readonly health?: HealthSettings['check']
  readonly healthInterval?: number
  readonly healthTimeout?: number
  readonly healthFailures?: number
  readonly healthSuccesses?: number
  readonly healthGrace?: number
  readonly yes?: boolean
  readonly confirm?: boolean
  readonly force?: boolean
  readonly take?: boolean
  readonly output?: 'json' | 'text'
}

/** `join`: be a candidate, and run a command only while leading. */
export function registerJoin(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('join')
    .summary('join an election; run a command only while leading')
    .description(
      'Joins an election as a candidate, together with candidates of any other program.\n\n' +
        'With a command, join runs it while this candidate is the leader, and sets LEADER_NAME, LEADER_NAMESPACE, ' +
        'LEADER_IDENTITY and LEADER_FENCING_TOKEN in its environment. If leadership is lost, the command and its whole ' +
        'process group get SIGTERM, and are killed before another candidate can lead, even if join itself is stopped or ' +
        'killed. Processes that leave the process group are not covered. On Windows, processes are killed without SIGTERM.\n\n' +
        'On Ctrl-C, SIGTERM or SIGQUIT, join first stops the command, and then releases the lease. A second signal makes ' +
        'join exit immediately: the command is killed, and the lease is not released. (The same signal within one second ' +
        'counts once.) SIGHUP, SIGUSR1, SIGUSR2 and SIGWINCH are passed to the command. If no command is running, SIGHUP ' +
        'ends join.\n\n' +
        'Without --take, join waits as a standby until the current leader releases the lease or lets it expire. With ' +
        '--take, join moves leadership to itself, like failover --to, instead of waiting. It first shows the plan and asks for ' +
        'confirmation; Ctrl-C undoes the move if that is still possible. If taking leadership fails, join leaves the ' +
        'election and exits. If there is no leader to take over from, join runs as a candidate as usual.\n\n' +
        "Exit codes with a command: the command's own; 128+n if signal n ended it; 126 or 127 if it cannot be run; 125 if " +
        'join itself fails, including --take. Without a command: 0 success; 1 --take failed; 3 the API server failed or ' +
        'could not be reached; 4 not allowed (RBAC). In both cases: 2 wrong usage, refused or declined; 75 if --once lost ' +
        'leadership; 128+n after signal n (130 after Ctrl-C), unless the command then exits with its own code.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME, endpoints/NAME or redis://HOST:PORT/DB?key=NAME')
    .argument('[command...]', 'command to run while leading, after --')
    .option('--id <identity>', 'holder identity, unique among all candidates (default: <hostname>_<uuid>)')
    .addOption(duration('--lease-duration <duration>', "time that standbys wait without a renewal before they take over, in whole seconds; must be the same for all candidates (default: the current holder's, or 15s)"))
    .addOption(duration('--renew-deadline <duration>', 'time after which the leader stops leading if it cannot renew (default: 10s)'))
    .addOption(duration('--retry-period <duration>', 'time between attempts to acquire or renew (default: 2s)'))
    .option('--no-release', 'do not release the lease on exit; let it expire')
    .option('--once', 'exit after the first term instead of rejoining')
    .addOption(duration('--max-hold <duration>', 'release the lease after this time; 0 means no limit (default: 10m if another candidate holds the lease and no command is given, otherwise 0)'))
    .option('--take', 'move leadership from the current leader to this candidate, without overlapping leaders')
    .option('--yes', 'do not ask for confirmation, neither for --take nor for leading without a command in place of another program')
    .addOption(new Option('--confirm', 'ask for confirmation also if a command is given').conflicts('yes'))
    .option('--force', 'allow a lease that is not a leader election, or one that is held without a lease duration')
    .addOption(new Option('--http <[host:]port>', 'serve the current leader over HTTP: /, /leader, /healthz, /readyz, /metrics, and /events, which pushes changes').argParser(parseListen))
    .addOption(new Option('--ready-port <port>', 'port that is open only while leading, for a readiness probe').argParser(parsePort))
    .addOption(new Option('--label <key[=value]>', "label to keep on this candidate's Pod while it leads, and on no other; the default value is \"true\"").argParser(parseNewLabel))
    .option('-l, --selector <labels>', 'with --label, the Pods of all candidates; must be the same for all of them (default: all Pods of the namespace)')
    .option('--pod <name>', "with --label, this candidate's Pod (default: $POD_NAME)")
    .addOption(new Option('--health <url|command>', 'health check: a URL, or a command for the shell; an unhealthy candidate acquires a free lease only after --health-grace, and releases a lease that it holds').argParser((text) => parseHealth(session, text)).conflicts('take'))
    .addOption(duration('--health-interval <duration>', 'time between two checks (default: 5s)'))
    .addOption(duration('--health-timeout <duration>', 'maximum time for a check to pass (default: 1s)'))
    .addOption(new Option('--health-failures <number>', 'failed checks in a row until the candidate is unhealthy (default: 3)').argParser(parseCount))
    .addOption(new Option('--health-successes <number>', 'passed checks in a row until it is healthy (default: 1)').argParser(parseCount))
    .addOption(duration('--health-grace <duration>', 'time that an unhealthy candidate leaves a free lease to others (default: twice the lease duration)'))
    .addOption(new Option('-o, --output <format>', 'print one line per event, as text or JSON').choices(['json', 'text']))
  addConnectionFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  # Run a command only while this candidate is the leader
  ${session.programName} join my-lease -- ./worker --verbose

  # Wait as a standby; once elected, hold leadership for ten minutes without doing its work
  ${session.programName} join my-controller -n my-namespace --yes --once

  # Make your local build the leader now, and release the lease after ten minutes
  ${session.programName} join my-controller -n my-namespace --take --max-hold 10m --once -- ./my-controller

  # As a sidecar that serves the current leader over HTTP
  ${session.programName} join my-app --http 4040 --yes --max-hold 0

  # In a Pod: keep a label on it while it leads, for a Service to select
  ${session.programName} join my-app --label example.com/leader -l app=my-app -- ./worker

  # Use an election in Redis
  ${session.programName} join 'redis://localhost:6379/0?key=my-election' -- ./worker`,
    )
    .action(async (name: string, words: readonly string[], flags: JoinFlags) => {
      checkCommand(program, words)
      const { runJoin } = await import('../join/run-join.ts')
      outcome.exitCode = await runJoin(session, joinRequest(name, words, flags))
    })
}

function labelRequest({ label, selector: labelSelector, pod }: JoinFlags): OwnLabelRequest | undefined {
  if (label) return { ...label, labelSelector, pod }
  const given = labelSelector !== undefined ? '--selector' : pod !== undefined ? '--pod' : null
  if (given) throw new CommandError(`${given} needs --label.`)
  return undefined
}

/** @throws CommandError if the check is not valid */
function parseHealth({ env }: Session, text: string): HealthSettings['check'] {
  try {
    return healthCheck(text, env)
  } catch (error) {
    if (error instanceof TypeError) throw new CommandError(`--health: ${error.message}`)
    throw error
  }
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new CommandError(`"${text}" is not a valid number of checks. Use 1 or more.`)
}

function healthRequest(flags: JoinFlags): HealthSettings | undefined {
  const { health: check, healthInterval, healthTimeout, healthFailures, healthSuccesses, healthGrace } = flags
  if (!check) {
    const given = Object.entries({ interval: healthInterval, timeout: healthTimeout, failures: healthFailures, successes: healthSuccesses, grace: healthGrace }).find(([, value]) => value !== undefined)
    if (given) throw new CommandError(`--health-${given[0]} needs --health.`)
    return undefined
  }
  return {
    check,
    ...(healthInterval !== undefined && { intervalMs: healthInterval }),
    ...(healthTimeout !== undefined && { timeoutMs: healthTimeout }),
    ...(healthFailures !== undefined && { failureThreshold: healthFailures }),
    ...(healthSuccesses !== undefined && { successThreshold: healthSuccesses }),
    ...(healthGrace !== undefined && { graceMs: healthGrace }),
  }
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
    label: labelRequest(flags),
    health: healthRequest(flags),
    isOnce: flags.once ?? false,
    isReleasing: flags.release,
    isAgreed: flags.yes ?? false,
    isAsking: flags.confirm ?? false,
    isForced: flags.force ?? false,
    isTaking: flags.take ?? false,
    output: flags.output ?? 'text',
  }
}

function duration(flags: string, description: string): Option {
  return new Option(flags, description).argParser(parseDuration)
}
