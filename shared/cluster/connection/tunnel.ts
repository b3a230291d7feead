import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import { hostOf, portOf, proxyAuthorization } from './proxy.ts'
import { tlsToProxy, type ClientCertificate, type ServerTrust } from './tls.ts'
import { phrase, saying } from '../../phrase.ts'

/** A proxy that would not connect us. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError'
}

/** How TLS to the server is set up; an HTTPS proxy gets the same, as Go's http.Transport has it. */
export interface TunnelTls {
  readonly trust: ServerTrust
  readonly certificate: ClientCertificate | undefined
}

/**
 * Has a proxy connect us with a server, and gives the raw connection.
 *
 * @param signal gives up
 * @throws ProxyError
 */
export function openTunnel(
  proxy: URL,
  server: URL,
  tls: TunnelTls,
  signal: AbortSignal,
): Promise<Socket> {
  return proxy.protocol.startsWith('socks')
    ? openSocks(proxy, server, signal)
    : openConnect(proxy, server, tls, signal)
}

function openConnect(proxy: URL, server: URL, tls: TunnelTls, signal: AbortSignal): Promise<Socket> {
  const authorization = proxyAuthorization(proxy)
  const target = `${server.hostname}:${portOf(server)}`
  const options = {
    method: 'CONNECT',
    host: hostOf(proxy),
    port: portOf(proxy),
    path: target,
    headers: { Host: target, ...(authorization && { 'Proxy-Authorization': authorization }) },
    agent: false as const,
    signal,
  }
  return new Promise((resolve, reject) => {
    const request =
      proxy.protocol === 'https:' ? requestHttps({ ...options, ...tlsToProxy(hostOf(proxy), tls.trust, tls.certificate) }) : requestHttp(options)
    request.once('connect', (response, socket: Socket, head: Buffer) => {
      if (response.statusCode === 200) {
        if (head.length > 0) socket.unshift(head)
        resolve(socket)
      } else {
        socket.destroy()
        reject(refusal(response.statusCode))
      }
    })
    request.once('response', (response) => {
      response.destroy()
      reject(refusal(response.statusCode))
    })
    request.once('error', (error) => reject(new ProxyError(error.message.trim() || 'the connection failed', { cause: error })))
    request.end()
  })
}

function refusal(status = 0): ProxyError {
  const said = status === 407 ? phrase`it requires a user and password` : phrase`it returned HTTP ${status}`
  return saying(new ProxyError(said.text), said)
}

async function openSocks(proxy: URL, server: URL, signal: AbortSignal): Promise<Socket> {
  const { SocksClient } = await import('socks')
  signal.throwIfAborted()
  const client = new SocksClient({
    proxy: {
      host: hostOf(proxy),
      port: portOf(proxy),
      type: 5,
      ...(proxy.username && {
        userId: decodeURIComponent(proxy.username),
        password: decodeURIComponent(proxy.password),
      }),
    },
    command: 'connect',
    destination: { host: hostOf(server), port: portOf(server) },
  })
  return new Promise((resolve, reject) => {
    client.once('established', ({ socket }) => resolve(socket))
    client.once('error', (error: Error) => reject(new ProxyError(error.message, { cause: error })))
    client.connect()
  })
}
