import { resolve, sep } from 'node:path'
import { KubeconfigFields, kubeconfigError } from './kubeconfig-fields.ts'
import { parseKubeconfigText } from './kubeconfig-text.ts'
import { phrase } from '../../phrase.ts'

/** A cluster of a kubeconfig. Paths are absolute, or relative to the working directory; `…Data` is decoded. */
export interface ClusterEntry {
  readonly name: string
  readonly file: string
  readonly server: string | undefined
  readonly certificateAuthority: string | undefined
  readonly certificateAuthorityData: Buffer | undefined
  readonly insecureSkipTlsVerify: boolean
  readonly tlsServerName: string | undefined
  readonly proxyUrl: string | undefined
  readonly disableCompression: boolean
  /** What the cluster has to say to credential plugins. */
  readonly execConfig: unknown
}

/** A user of a kubeconfig. */
export interface UserEntry {
  readonly name: string
  readonly file: string
  readonly clientCertificate: string | undefined
  readonly clientCertificateData: Buffer | undefined
  readonly clientKey: string | undefined
  readonly clientKeyData: Buffer | undefined
  readonly token: string | undefined
  readonly tokenFile: string | undefined
  readonly username: string | undefined
  readonly password: string | undefined
  readonly as: string | undefined
  readonly asUid: string | undefined
  readonly asGroups: readonly string[]
  readonly asUserExtra: Readonly<Record<string, readonly string[]>>
  readonly authProvider: AuthProviderEntry | undefined
  readonly exec: ExecEntry | undefined
}

export interface AuthProviderEntry {
  readonly name: string
  readonly config: Readonly<Record<string, string>>
}

/** A credential plugin: a program that prints credentials. */
export interface ExecEntry {
  readonly command: string
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly apiVersion: string
  readonly installHint: string | undefined
  readonly interactiveMode: string | undefined
  readonly provideClusterInfo: boolean
}

export interface ContextEntry {
  readonly name: string
  readonly file: string
  readonly cluster: string | undefined
  readonly user: string | undefined
  readonly namespace: string | undefined
}

/** What one kubeconfig, or several merged, says. */
export interface Kubeconfig {
  /** The files that were read. */
  readonly files: readonly string[]
  /** Files of `$KUBECONFIG` that are not there. */
  readonly missingFiles: readonly string[]
  readonly currentContext: string | undefined
  readonly contexts: ReadonlyMap<string, ContextEntry>
  readonly clusters: ReadonlyMap<string, ClusterEntry>
  readonly users: ReadonlyMap<string, UserEntry>
}

/**
 * Reads the text of one kubeconfig as clientcmd's codec does: unknown fields are ignored; a wrong type, and a name
 * given twice in one file, are errors; relative paths are meant from the file's own folder.
 *
 * @throws ClusterError of kind `config` that names the file and the place in it.
 */
export async function parseKubeconfig(text: string, file: string): Promise<Kubeconfig> {
  const top = new KubeconfigFields((await parseKubeconfigText(text, file)) ?? {}, '', file)
  const kind = top.text('kind')
  if (kind !== undefined && kind !== 'Config') throw kubeconfigError(file, phrase`its kind is "${kind}", not "Config"`)
  const version = top.text('apiVersion')
  if (version !== undefined && version !== 'v1') throw kubeconfigError(file, phrase`its apiVersion is "${version}", not "v1"`)
  return {
    files: [file],
    missingFiles: [],
    currentContext: top.text('current-context'),
    contexts: top.named('contexts', 'context', (fields, name) => ({
      name,
      file,
      cluster: fields.text('cluster'),
      user: fields.text('user'),
      namespace: fields.text('namespace'),
    })),
    clusters: top.named('clusters', 'cluster', (fields, name) => clusterEntry(fields, name, file)),
    users: top.named('users', 'user', (fields, name) => userEntry(fields, name, file)),
  }
}

function clusterEntry(fields: KubeconfigFields, name: string, file: string): ClusterEntry {
  return {
    name,
    file,
    server: fields.text('server'),
    certificateAuthority: fields.path('certificate-authority'),
    certificateAuthorityData: fields.bytes('certificate-authority-data'),
    insecureSkipTlsVerify: fields.isTrue('insecure-skip-tls-verify'),
    tlsServerName: fields.text('tls-server-name'),
    proxyUrl: fields.text('proxy-url'),
    disableCompression: fields.isTrue('disable-compression'),
    execConfig: fields
      .mappings('extensions')
      .find((extension) => extension.text('name') === 'client.authentication.k8s.io/exec')
      ?.any('extension'),
  }
}

function userEntry(fields: KubeconfigFields, name: string, file: string): UserEntry {
  const extra = fields.mapping('as-user-extra')
  const authProvider = fields.mapping('auth-provider')
  const authConfig = authProvider?.mapping('config')
  // How client-node's KubeConfig names the service account's token, where it was loaded from within a cluster.
  const isTokenFile = authProvider?.text('name') === 'tokenFile'
  const exec = fields.mapping('exec')
  return {
    name,
    file,
    clientCertificate: fields.path('client-certificate'),
    clientCertificateData: fields.bytes('client-certificate-data'),
    clientKey: fields.path('client-key'),
    clientKeyData: fields.bytes('client-key-data'),
    token: fields.text('token'),
    tokenFile: fields.path('tokenFile') ?? (isTokenFile ? authConfig?.path('tokenFile') : undefined),
    username: fields.text('username'),
    password: fields.text('password'),
    as: fields.text('as'),
    asUid: fields.text('as-uid'),
    asGroups: fields.texts('as-groups'),
    asUserExtra: Object.fromEntries(extra?.keys().map((key) => [key, extra.texts(key)]) ?? []),
    authProvider:
      authProvider && !isTokenFile
        ? {
            name: authProvider.text('name') ?? '',
            config: Object.fromEntries(authConfig?.keys().map((key) => [key, authConfig.text(key) ?? '']) ?? []),
          }
        : undefined,
    exec: exec && execEntry(exec),
  }
}

function execEntry(fields: KubeconfigFields): ExecEntry {
  const command = fields.text('command') ?? ''
  // A command without a separator is looked for on the PATH. So a path must keep one, also beside a kubeconfig that is in
  // the working directory.
  const isPath = command.includes('/') || command.includes(sep)
  return {
    command: isPath ? resolve(fields.path('command')!) : command,
    args: fields.texts('args'),
    env: fields.mappings('env').map((variable) => ({
      name: variable.text('name') ?? '',
      value: variable.text('value') ?? '',
    })),
    apiVersion: fields.text('apiVersion') ?? '',
    installHint: fields.text('installHint'),
    interactiveMode: fields.text('interactiveMode'),
    provideClusterInfo: fields.isTrue('provideClusterInfo'),
  }
}
