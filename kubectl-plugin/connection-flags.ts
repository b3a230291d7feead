import { Option, type Command } from 'commander'
import { connect } from '../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../shared/cluster/client.ts'
import type { ConnectionSettings, ConnectionSurroundings } from '../shared/cluster/connection/connection-settings.ts'
import { harmless } from '../shared/lease/harmless.ts'
import { CommandError } from './exit-code.ts'
import { parseDuration } from './output/duration.ts'
import { printText } from './output/wrap.ts'
import type { Session } from './session.ts'
import { VERSION } from './version.ts'

/** The flags that choose and configure the connection to a cluster, with the same meanings as in kubectl. */
export interface ConnectionFlags extends Omit<ConnectionSettings, 'kubeConfig' | 'asGroups' | 'asUserExtra' | 'requestTimeoutMs'> {
  readonly asGroup?: readonly string[]
  readonly asUserExtra?: ReadonlyMap<string, readonly string[]>
  /** Milliseconds. */
  readonly requestTimeout?: number
}

const GROUP = 'Connection options (same as kubectl):'

/** Adds kubectl's connection flags to a command. */
export function addConnectionFlags(command: Command): Command {
  return command
    .optionsGroup(GROUP)
    .option('-n, --namespace <namespace>', 'namespace to use (default: the namespace of the kubeconfig context)')
    .option('--context <name>', 'kubeconfig context to use (default: the current context)')
    .option('--kubeconfig <file>', 'kubeconfig file to use (default: $KUBECONFIG, or ~/.kube/config)')
    .option('--cluster <name>', 'kubeconfig cluster to use')
    .option('--user <name>', 'kubeconfig user to use')
    .option('-s, --server <url>', "address of the API server")
    .option('--token <token>', 'bearer token to authenticate with')
    .option('--username <name>', 'user name for basic authentication')
    .option('--password <password>', 'password for basic authentication')
    .option('--as <user>', 'user to impersonate')
    .addOption(
      new Option('--as-group <group>', 'group to impersonate; can be repeated').argParser(
        (value: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), value],
      ),
    )
    .option('--as-uid <uid>', 'UID to impersonate')
    .addOption(new Option('--as-user-extra <key=value>', 'extra field to impersonate; can be repeated').argParser(parseUserExtra))
    .option('--certificate-authority <file>', 'file with the certificate authority of the API server')
    .option('--client-certificate <file>', 'client certificate file')
    .option('--client-key <file>', 'client key file')
    .option('--insecure-skip-tls-verify', "do not verify the API server's certificate; this makes the connection insecure")
    .option('--disable-compression', 'do not request compressed responses')
    .option('--tls-server-name <name>', "name to expect in the API server's certificate")
    .addOption(
      new Option('--request-timeout <duration>', 'time to wait for a single request, for example 10s; 0 means no timeout').argParser(
        parseDuration,
      ),
    )
    .option('--cache-dir <dir>', 'accepted for compatibility with kubectl; nothing is cached')
    .option('-v, --v <level>', 'log level; 9 prints the stack trace of an error')
    .optionsGroup('Options:')
}

/**
 * Connects as the flags and the environment say. Rejects with a ClusterError.
 *
 * @param plugins how credential plugins may use the terminal, if that differs from the default.
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

/** @throws CommandError if the text is not KEY=VALUE, which kubectl ignores */
function parseUserExtra(
  text: string,
  earlier: ReadonlyMap<string, readonly string[]> = new Map(),
): ReadonlyMap<string, readonly string[]> {
  const at = text.indexOf('=')
  if (at < 1) throw new CommandError(`"${text}" is not a valid extra field. Use KEY=VALUE.`)
  const key = text.slice(0, at)
  return new Map([...earlier, [key, [...(earlier.get(key) ?? []), text.slice(at + 1)]]])
}

/** The context of a connection. If there is none, or a flag replaces its cluster, the URL of the server. */
export function contextText({ contextName, server }: ApiClient, flags: ConnectionFlags): string {
  const isReplaced = flags.cluster !== undefined || flags.server !== undefined
  return isReplaced ? server : (contextName ?? server)
}

/** Prints a warning about the connection. */
export function warn(session: Session, text: string): void {
  printText(session.stderr, `Warning: ${harmless(text)}`)
}
