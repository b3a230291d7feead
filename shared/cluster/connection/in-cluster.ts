import { readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import type { ClusterEntry, UserEntry } from './kubeconfig-file.ts'

/** Where a Pod finds its service account, as client-go's rest.InClusterConfig has it. */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

/** A cluster entry that says nothing. */
export const NO_CLUSTER: ClusterEntry = {
  name: '',
  file: '',
  server: undefined,
  certificateAuthority: undefined,
  certificateAuthorityData: undefined,
  insecureSkipTlsVerify: false,
  tlsServerName: undefined,
  proxyUrl: undefined,
  disableCompression: false,
  execConfig: undefined,
}

/** A user entry that says nothing: anonymous. */
export const NO_USER: UserEntry = {
  name: '',
  file: '',
  clientCertificate: undefined,
  clientCertificateData: undefined,
  clientKey: undefined,
  clientKeyData: undefined,
  token: undefined,
  tokenFile: undefined,
  username: undefined,
  password: undefined,
  as: undefined,
  asUid: undefined,
  asGroups: [],
  asUserExtra: {},
  authProvider: undefined,
  exec: undefined,
}

/** What a process that runs in a Pod can know of its cluster. */
export interface InCluster {
  readonly cluster: ClusterEntry
  readonly user: UserEntry
  readonly namespace: string
}

/** The cluster whose Pod this process runs in, as client-go's `inClusterClientConfig` finds it; undefined outside. */
export function findInCluster(env: NodeJS.ProcessEnv, folder = SERVICE_ACCOUNT_FOLDER): InCluster | undefined {
  const host = env.KUBERNETES_SERVICE_HOST
  const port = env.KUBERNETES_SERVICE_PORT
  if (!host || !port || readText(join(folder, 'token')) === undefined) return undefined
  return {
    cluster: {
      ...NO_CLUSTER,
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      certificateAuthority: join(folder, 'ca.crt'),
    },
    user: { ...NO_USER, tokenFile: join(folder, 'token') },
    namespace: env.POD_NAMESPACE || readText(join(folder, 'namespace'))?.trim() || 'default',
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
