import type { ApiClient } from '../client.ts'

/** The same connection, whose writes the API server checks and admits as any other, and does not store. */
export function dryRunClient(client: ApiClient): ApiClient {
  return {
    server: client.server,
    contextName: client.contextName,
    namespace: client.namespace,
    knownNamespaces: client.knownNamespaces,
    request: (request) =>
      client.request(request.method === 'GET' ? request : { ...request, query: { ...request.query, dryRun: 'All' } }),
    stream: (request) => client.stream(request),
    close: () => client.close(),
  }
}
