import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'

/**
 * Healthy if a GET is answered with a status from 200 to 399, as for a probe of the kubelet. Redirects are not followed, and
 * proxies are not used.
 * @throws TypeError if the URL is not valid
 */
export function urlCheck(text: string): (signal: AbortSignal) => Promise<void> {
  if (!URL.canParse(text)) throw new TypeError(`"${text}" is not a valid URL.`)
  const url = new URL(text)
  const get = url.protocol === 'https:' ? getHttps : getHttp
  return async (signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    // A connection of its own: one that is kept may be closed by the other side just when it is used again.
    const request = get(url, { signal, agent: false, headers: { 'user-agent': 'kubectl-leader', connection: 'close' } })
    request.on('response', ({ statusCode = 0 }) => resolve(statusCode))
    request.on('error', reject)
    try {
      const status = await promise
      if (status < 200 || status >= 400) throw new Error(`status ${status}`)
    } finally {
      // The body is not needed, however long it is.
      request.destroy()
    }
  }
}
