import { jsonPage, serveHttp, textPage, type HttpServer, type ListenAddress, type Page } from '../http-server.ts'
import type { CandidateView } from './candidate-view.ts'

/** The answer to a GET of a path; null if the path does not exist. */
export function page(path: string, view: CandidateView): Page | null {
  switch (path) {
    case '/':
      // The answer of the leader-elector image from the early days of Kubernetes.
      return jsonPage(200, { name: view.leader() })
    case '/leader': {
      const isLeader = view.isLeader()
      const { identity } = view
      return jsonPage(isLeader ? 200 : 503, { isLeader, identity, leader: view.leader(), fencingToken: view.fencingToken() })
    }
    case '/healthz': {
      const problem = view.problem()
      return problem ? textPage(500, problem.message) : textPage(200, 'ok')
    }
    case '/readyz':
      return view.isReady() ? textPage(200, 'ok') : textPage(503, 'the election has not been read yet')
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: view.metrics() }
    default:
      return null
  }
}

/**
 * Serves the state of a candidate over HTTP.
 * @throws CommandError if it cannot listen on the address
 */
export function startHttpSidecar(address: ListenAddress, view: CandidateView): Promise<HttpServer> {
  return serveHttp(address, (path) => page(path, view))
}
