import { ApiException, CoreV1Api, createConfiguration, KubeConfig, ServerConfiguration } from '@kubernetes/client-node'

/** Reads the kubeconfig as kubectl does, or the service account of the surrounding Pod. */
export function loadKubeConfig(): KubeConfig {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromDefault()
  // @kubernetes/client-node accepts plain HTTP only with this option, and the sandbox uses plain HTTP.
  kubeConfig.clusters = kubeConfig.clusters.map((cluster) =>
    cluster.server.startsWith('http://127.0.0.1:') ? { ...cluster, skipTLSVerify: true } : cluster,
  )
  return kubeConfig
}

/** The API of Pods and Services. All requests, including those in flight, end when the signal is aborted. */
export function coreApi(kubeConfig: KubeConfig, signal: AbortSignal): CoreV1Api {
  return new CoreV1Api(
    createConfiguration({
      baseServer: new ServerConfiguration(kubeConfig.getCurrentCluster()!.server, {}),
      authMethods: { default: kubeConfig },
      promiseMiddleware: [
        {
          async pre(request) {
            request.setSignal(signal)
            return request
          },
          post: async (response) => response,
        },
      ],
    }),
  )
}

/** The error on one line: the API server's own message if there is one. */
export function problem(error: unknown): string {
  if (!(error instanceof ApiException)) return String(error)
  try {
    const { message } = JSON.parse(String(error.body)) as { readonly message?: unknown }
    return `${error.code} ${String(message)}`
  } catch {
    return String(error.code)
  }
}
