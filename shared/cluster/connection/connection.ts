import { ApiConnection } from './api-connection.ts'
import type { ApiClient } from '../client.ts'
import type { ConnectionSettings, ConnectionSurroundings } from './connection-settings.ts'
import { IssuedCredentials } from './credentials.ts'
import { findInCluster } from './in-cluster.ts'
import { parseKubeconfig } from './kubeconfig-file.ts'
import { loadKubeconfig } from './kubeconfig.ts'
import { chooseProxy } from './proxy.ts'
import { resolveTarget } from './target.ts'
import { readServerTrust } from './tls.ts'
import { Transport } from './transport.ts'
import { createCredentials } from './user-credentials.ts'

/**
 * Connects as kubectl would with these flags, in these surroundings. Nothing is sent yet: a server that is not there
 * shows at the first request.
 *
 * @throws ClusterError of kind `config` where the kubeconfig, or what it names, is missing or wrong
 */
export async function connect(settings: ConnectionSettings, surroundings: ConnectionSurroundings): Promise<ApiClient> {
  const { env, clock } = surroundings
  const kubeconfig = settings.kubeConfig
    ? await parseKubeconfig(settings.kubeConfig.exportConfig(), 'the KubeConfig')
    : await loadKubeconfig(settings.kubeconfig, env)
  const target = resolveTarget(settings, kubeconfig, () => findInCluster(env))
  const trust = readServerTrust(target.cluster)
  const proxy = chooseProxy(target.server, target.cluster, env)
  const credentials = await createCredentials(target, surroundings)
  const transport = new Transport(target.server, trust, proxy, clock)
  if (!(credentials instanceof IssuedCredentials)) {
    // What is at hand is checked now; a plugin or an issuer is asked only when there is something to send.
    transport.prepare((await credentials.current(new AbortController().signal)).certificate)
  }
  const timeoutMs = settings.requestTimeoutMs ?? 0
  return new ApiConnection({ target, transport, credentials, proxy, timeoutMs, surroundings })
}
