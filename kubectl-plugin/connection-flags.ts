import { Option, type Command } from 'commander'
import { connect, type ApiClient, type ConnectionSettings, type ConnectionSurroundings } from '../shared/cluster/index.ts'
import { harmless } from '../shared/lease/harmless.ts'
import { CommandError } from './exit-code.ts'
import { parseDuration } from './output/duration.ts'
import type { Session } from './session.ts'
import { VERSION } from './version.ts'

/** The flags by which every kubectl command says which cluster it means, with kubectl's meanings. */
export interface ConnectionFlags extends Omit<ConnectionSettings, 'kubeConfig' | 'asGroups' | 'asUserExtra' | 'requestTimeoutMs'> {
  readonly asGroup?: readonly string[]
  readonly asUserExtra?: ReadonlyMap<string, readonly string[]>
  /** Milliseconds. */
  readonly requestTimeout?: number
}

const GROUP = 'Connection (as for kubectl):'

/** Adds kubectl's connection flags to a command. */
export function addConnectionFlags(command: Command): Command {
  return command
    .optionsGroup(GROUP)
    .option('-n, --namespace <namespace>', 'namespace to look in')
    .option('--context <name>', 'kubeconfig context to use')
    .option('--kubeconfig <file>', 'kubeconfig to use instead of $KUBECONFIG or ~/.kube/config')
    .option('--cluster <name>', 'kubeconfig cluster to use')
    .option('--user <name>', 'kubeconfig user to use')
    .option('-s, --server <url>', "address of the API server")
    .option('--token <token>', 'bearer token to authenticate with')
    .option('--username <name>', 'user name for basic authentication')
    .option('--password <password>', 'password for basic authentication')
    .option('--as <user>', 'user to impersonate')
    .addOption(
      new Option('--as-group <group>', 'group to impersonate; may be repeated').argParser(
        (value: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), value],
      ),
    )
    .option('--as-uid <uid>', 'UID to impersonate')
    .addOption(new Option('--as-user-extra <key=value>', 'extra field to impersonate; may be repeated').argParser(parseUserExtra))
    .option('--certificate-authority <file>', "file with the API server's certificate authority")
    .option('--client-certificate <file>', 'client certificate file')
    .option('--client-key <file>', 'client key file')
    .option('--insecure-skip-tls-verify', "do not check the API server's certificate")
    .option('--disable-compression', 'do not ask for compressed responses')
    .option('--tls-server-name <name>', "name to expect in the API server's certificate")
    .addOption(
      new Option('--request-timeout <duration>', 'how long to wait for one answer, like 10s; 0 waits for ever').argParser(
        parseDuration,
      ),
    )
    .option('--cache-dir <dir>', 'accepted for compatibility with kubectl; nothing is cached')
    .option('-v, --v <level>', 'how much to say when something unexpected happens; 9 adds where')
    .optionsGroup('Options:')
}

/**
 * Connects as the flags and the environment say. Rejects with a ClusterError.
 *
 * @param plugins how credential plugins may behave, where that is not as for any other program.
 */
export function connectWith(
  session: Session,
  flags: ConnectionFlags,
  plugins: Pick<ConnectionSurroundings, 'isInteractive' | 'onPluginStderr' | 'onWarning'> = {},
): Promise<ApiClient> {
  const { asGroup, asUserExtra, requestTimeout, ...same } = flags
  const settings = {
    ...same,
    ...(asGroup && { asGroups: asGroup }),
    ...(asUserExtra && { asUserExtra: Object.fromEntries(asUserExtra) }),
    ...(requestTimeout !== undefined && { requestTimeoutMs: requestTimeout }),
  }
  const surroundings = { env: session.env, clock: session.clock, version: VERSION }
  return connect(settings, { ...surroundings, onWarning: (text) => warn(session, text), ...plugins })
}

/** @throws CommandError where it is not KEY=VALUE, which kubectl ignores */
function parseUserExtra(
  text: string,
  earlier: ReadonlyMap<string, readonly string[]> = new Map(),
): ReadonlyMap<string, readonly string[]> {
  const at = text.indexOf('=')
  if (at < 1) throw new CommandError(`"${text}" is not an extra field. Write it as KEY=VALUE.`)
  const key = text.slice(0, at)
  return new Map([...earlier, [key, [...(earlier.get(key) ?? []), text.slice(at + 1)]]])
}

/** Says what a connection has to say of itself. */
export function warn(session: Session, text: string): void {
  session.stderr.write(`Warning: ${harmless(text)}\n`)
}
