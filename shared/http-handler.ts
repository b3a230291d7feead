import type { IncomingMessage, ServerResponse } from 'node:http'

/** The answer to a GET. */
export interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** Handles a request of a `node:http` server. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void

/**
 * A handler that serves pages for GET and HEAD.
 *
 * @param pageAt the page at a path; null if the path does not exist
 */
export function httpHandler(pageAt: (path: string) => Page | null | Promise<Page | null>): HttpHandler {
  return ({ method, url = '/' }, response) => {
    const isRead = method === 'GET' || method === 'HEAD'
    const respond = ({ status, type, body }: Page): void => {
      // The answer may be outdated at the next moment.
      const headers = { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), 'Cache-Control': 'no-store' }
      response.writeHead(status, isRead ? headers : { ...headers, Allow: 'GET, HEAD' })
      response.end(method === 'HEAD' ? undefined : body)
    }
    if (!isRead) return respond(textPage(405, 'only GET and HEAD'))
    const page = pageAt(url.split('?')[0]!)
    if (page instanceof Promise) {
      void page.then(
        (later) => respond(later ?? textPage(404, 'not found')),
        (error: unknown) => respond(textPage(500, error instanceof Error ? error.message : String(error))),
      )
    } else {
      respond(page ?? textPage(404, 'not found'))
    }
  }
}

export function jsonPage(status: number, body: object): Page {
  return { status, type: 'application/json', body: `${JSON.stringify(body)}\n` }
}

export function textPage(status: number, body: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` }
}
