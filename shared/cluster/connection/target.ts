import type { ConnectionSettings } from './connection-settings.ts'
import type { KubeconfigEntry, Remedy } from '../../remedy.ts'
import { ClusterError } from '../errors.ts'
import { NO_CLUSTER, NO_USER, type InCluster } from './in-cluster.ts'
import type { ClusterEntry, ContextEntry, Kubeconfig, UserEntry } from './kubeconfig-file.ts'
import { phrase, verbatim, type Phrase } from '../../phrase.ts'

/** Which server is meant, and as whom: what the kubeconfig, the flags and the surroundings come to. */
export interface ConnectionTarget {
  readonly contextName: string | null
  readonly namespace: string
  /** See {@link ApiClient.knownNamespaces}. */
  readonly knownNamespaces: readonly string[]
  readonly server: URL
  readonly cluster: ClusterEntry
  readonly user: UserEntry
}

/**
 * Decides as clientcmd's DirectClientConfig and DeferredLoadingClientConfig do: flags go before the context, and that
 * before the surrounding Pod. It differs in that it never falls back to `http://localhost:8080`, nor to no user at all
 * where the context names one that is not there.
 *
 * @throws ClusterError of kind `config` that says what to change
 */
export function resolveTarget(
  settings: ConnectionSettings,
  kubeconfig: Kubeconfig,
  findInCluster: () => InCluster | undefined,
): ConnectionTarget {
  const context = findContext(settings, kubeconfig)
  const clusterName = settings.cluster || context?.cluster || nameless(kubeconfig.clusters)
  const userName = settings.user || context?.user || nameless(kubeconfig.users)
  const inCluster = clusterName !== undefined || settings.server ? undefined : findInCluster()
  if (!inCluster && clusterName === undefined && !settings.server) throw nothingChosen(kubeconfig, context)

  // What the context names is not needed where the command line has it.
  const isServerReplaced = settings.server && !settings.cluster && !kubeconfig.clusters.has(clusterName ?? '')
  const cluster = withClusterFlags(
    inCluster?.cluster ??
      (clusterName !== undefined && !isServerReplaced ? findEntry(kubeconfig, 'cluster', clusterName, context) : NO_CLUSTER),
    settings,
  )
  const hasOwnCredentials = settings.token || settings.username || settings.clientCertificate
  const isReplaced = hasOwnCredentials && !settings.user && !kubeconfig.users.has(userName ?? '')
  const user = withUserFlags(
    userName !== undefined && !isReplaced
      ? findEntry(kubeconfig, 'user', userName, context)
      : (inCluster?.user ?? NO_USER),
    settings,
  )
  const namespace = settings.namespace || context?.namespace || (inCluster ?? findInCluster())?.namespace || 'default'
  return {
    contextName: context?.name ?? null,
    namespace,
    knownNamespaces: [...new Set([namespace, ...namespacesOf(kubeconfig, clusterName, userName)])],
    server: serverUrl(cluster),
    cluster,
    user,
  }
}

function findContext(settings: ConnectionSettings, kubeconfig: Kubeconfig): ContextEntry | undefined {
  const name = settings.context || kubeconfig.currentContext || nameless(kubeconfig.contexts)
  if (name === undefined) return undefined
  const context = kubeconfig.contexts.get(name)
  if (context) return context
  const files = filesOf(kubeconfig)
  const text = settings.context ? phrase`There is no context "${name}" in ${files}.` : phrase`There is no context "${name}" (the current-context) in ${files}.`
  throw configError(text, choiceOf(kubeconfig, 'context'))
}

/** The empty name, if there is an entry that has it: clientcmd takes that for a reference that is empty. */
function nameless(entries: ReadonlyMap<string, unknown>): '' | undefined {
  return entries.has('') ? '' : undefined
}

function findEntry<Kind extends 'cluster' | 'user'>(
  kubeconfig: Kubeconfig,
  kind: Kind,
  name: string,
  context: ContextEntry | undefined,
): Kind extends 'cluster' ? ClusterEntry : UserEntry
function findEntry(
  kubeconfig: Kubeconfig,
  kind: 'cluster' | 'user',
  name: string,
  context: ContextEntry | undefined,
): ClusterEntry | UserEntry {
  const entry = kind === 'cluster' ? kubeconfig.clusters.get(name) : kubeconfig.users.get(name)
  if (entry) return entry
  if (context?.[kind] === name) {
    const text = phrase`The context "${context.name}" in ${context.file} refers to the ${kind} "${name}", which does not exist.`
    throw configError(text, { kind: 'fixKubeconfig', entry: 'context', file: context.file, instead: kind })
  }
  throw configError(phrase`There is no ${kind} "${name}" in ${filesOf(kubeconfig)}.`, choiceOf(kubeconfig, kind))
}

function nothingChosen(kubeconfig: Kubeconfig, context: ContextEntry | undefined): ClusterError {
  if (context) {
    return configError(phrase`The context "${context.name}" in ${context.file} does not name a cluster.`, {
      kind: 'fixKubeconfig',
      entry: 'context',
      file: context.file,
      instead: 'cluster',
    })
  }
  if (kubeconfig.contexts.size > 0) {
    return configError(phrase`No current context is set in ${filesOf(kubeconfig)}.`, choiceOf(kubeconfig, 'context'))
  }
  if (kubeconfig.files.length > 0) {
    return configError(phrase`There is no context in ${filesOf(kubeconfig)}.`, { kind: 'chooseKubeconfig' })
  }
  const looked =
    kubeconfig.missingFiles.length > 0
      ? phrase`KUBECONFIG names ${kubeconfig.missingFiles.join(', ')}, which does not exist`
      : phrase`KUBECONFIG is not set, ~/.kube/config does not exist, and this process does not run in a Pod`
  return configError(phrase`No kubeconfig was found: ${looked}.`, { kind: 'chooseKubeconfig', orSandbox: true })
}

/** As clientcmd's getCluster: a CA or the lack of one from flags replaces all of that; a server drops the TLS name. */
function withClusterFlags(cluster: ClusterEntry, settings: ConnectionSettings): ClusterEntry {
  const { server, certificateAuthority, insecureSkipTlsVerify, tlsServerName } = settings
  if (insecureSkipTlsVerify && certificateAuthority) {
    throw configError(phrase`A certificate authority cannot verify the server's certificate if its verification is skipped.`, {
      kind: 'useOneOf',
      settings: ['insecureSkipTlsVerify', 'certificateAuthority'],
    })
  }
  return {
    ...cluster,
    ...(server && { server }),
    ...((insecureSkipTlsVerify || certificateAuthority) && {
      insecureSkipTlsVerify: insecureSkipTlsVerify ?? false,
      certificateAuthority,
      certificateAuthorityData: undefined,
    }),
    ...((server || tlsServerName) && { tlsServerName }),
    ...(settings.disableCompression !== undefined && { disableCompression: settings.disableCompression }),
  }
}

function withUserFlags(user: UserEntry, settings: ConnectionSettings): UserEntry {
  const { token, username, password, clientCertificate, clientKey } = settings
  return {
    ...user,
    ...(settings.as && { as: settings.as }),
    ...(settings.asUid && { asUid: settings.asUid }),
    ...(settings.asUserExtra && { asUserExtra: { ...user.asUserExtra, ...settings.asUserExtra } }),
    ...(settings.asGroups && settings.asGroups.length > 0 && { asGroups: settings.asGroups }),
    ...(clientCertificate && { clientCertificate, clientCertificateData: undefined }),
    ...(clientKey && { clientKey, clientKeyData: undefined }),
    ...(username && { username }),
    ...(password && { password }),
    // What a person types is meant, whatever else the user entry has.
    ...(token && {
      token,
      tokenFile: undefined,
      username: undefined,
      password: undefined,
      authProvider: undefined,
      exec: undefined,
    }),
  }
}

/**
 * A server without a scheme is plain HTTP, whatever the cluster says of TLS: clientcmd (`ClientConfig`) adds that only to
 * a server that is HTTPS already.
 */
function serverUrl(cluster: ClusterEntry): URL {
  if (!cluster.server) {
    throw configError(phrase`The cluster "${cluster.name}" in ${cluster.file} has no server.`, {
      kind: 'fixKubeconfig',
      entry: 'cluster',
      file: cluster.file,
      instead: 'server',
    })
  }
  const text = cluster.server.includes('://') ? cluster.server : `http://${cluster.server}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '') {
    throw configError(
      cluster.file
        ? phrase`The server of the cluster "${cluster.name}" in ${cluster.file} is not a URL: "${cluster.server}". Use a URL like https://host:6443.`
        : phrase`The server address is not a URL: "${cluster.server}". Use a URL like https://host:6443.`,
    )
  }
  return url
}

function namespacesOf(kubeconfig: Kubeconfig, cluster: string | undefined, user: string | undefined): string[] {
  if (cluster === undefined) return []
  return [...kubeconfig.contexts.values()]
    .filter((context) => (context.cluster ?? '') === cluster && (context.user ?? '') === (user ?? ''))
    .flatMap(({ namespace }) => namespace ?? [])
}

function filesOf(kubeconfig: Kubeconfig): Phrase {
  return kubeconfig.files.length > 0 ? verbatim(kubeconfig.files.join(', ')) : phrase`any kubeconfig`
}

function choiceOf(kubeconfig: Kubeconfig, entry: KubeconfigEntry): Remedy {
  const names = [...kubeconfig[`${entry}s`].keys()]
  return names.length === 0 ? { kind: 'chooseKubeconfig' } : { kind: 'choose', entry, names }
}

function configError(message: Phrase, remedy?: Remedy): ClusterError {
  return new ClusterError(message, { kind: 'config', remedy })
}
