import type { ApiClient } from '../client.ts'

/** The same connection, whose writes the API server checks and admits as any other, and does not store. */
export function dryRunClient(client: ApiClient): ApiClient {
  return writingClient(client, { dryRun: 'All' })
}

/** The same connection, with these query parameters in every write. */
export function writingClient(client: ApiClient, query: Readonly<Record<string, string>>): ApiClient {
  return {
    server: client.server,
    contextName: client.contextName,
    namespace: client.namespace,
    knownNamespaces: client.knownNamespaces,
    request: (request) => client.request(request.method === 'GET' ? request : { ...request, query: { ...request.query, ...query } }),
    stream: (request) => client.stream(request),
    close: () => client.close(),
  }
}
