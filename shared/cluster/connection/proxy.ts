import { BlockList, isIP, isIPv6 } from 'node:net'
import { ClusterError } from '../errors.ts'
import type { ClusterEntry } from './kubeconfig-file.ts'

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'socks5:': 1080,
  'socks5h:': 1080,
}

/**
 * The proxy by which kubectl would reach a server: the cluster's `proxy-url`, or else what HTTPS_PROXY, HTTP_PROXY and
 * NO_PROXY say, read as Go's `httpproxy` reads them (loopback addresses are never proxied).
 *
 * @throws ClusterError of kind `config` where it is no proxy URL
 */
export function chooseProxy(server: URL, cluster: ClusterEntry | undefined, env: NodeJS.ProcessEnv): URL | undefined {
  if (cluster?.proxyUrl) {
    return parseProxy(cluster.proxyUrl, `The proxy-url of the cluster "${cluster.name}" in ${cluster.file}`)
  }
  const variable = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const proxy = env[variable] || env[variable.toLowerCase()]
  if (!proxy || isDirect(server, env.NO_PROXY || env.no_proxy || '')) return undefined
  return parseProxy(proxy.includes('://') ? proxy : `http://${proxy}`, `The environment variable ${variable}`)
}

/** A URL's host without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

/** A URL's port, or its scheme's. */
export function portOf(url: URL): number {
  return url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port)
}

/** The value of a Proxy-Authorization header; undefined where the proxy's URL has no credentials. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === '') return undefined
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return `Basic ${Buffer.from(credentials).toString('base64')}`
}

function parseProxy(text: string, source: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && url.hostname !== '' && url.protocol in DEFAULT_PORTS) return url
  throw new ClusterError(`${source} is not a proxy URL. It looks like http://host:3128, https://… or socks5://….`, {
    kind: 'config',
  })
}

/** Whether a server is on this machine, by the name it is called. */
export function isLoopback(server: URL): boolean {
  const host = hostOf(server)
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
}

function isDirect(server: URL, noProxy: string): boolean {
  const host = hostOf(server).toLowerCase()
  const port = String(portOf(server))
  if (isLoopback(server)) return true
  return noProxy
    .split(',')
    .map((pattern) => pattern.trim().toLowerCase())
    .some((pattern) => pattern !== '' && matches(pattern, host, port))
}

function matches(pattern: string, host: string, port: string): boolean {
  if (pattern === '*') return true
  if (pattern.includes('/')) return isInNetwork(host, pattern)
  if (isIPv6(pattern)) return pattern === host
  const [, name = '', wantedPort] = /^(.*?)(?::(\d+))?$/.exec(pattern)!
  if (wantedPort !== undefined && wantedPort !== port) return false
  const bare = name.replace(/^\[|\]$/g, '')
  if (isIP(bare)) return bare === host
  // `example.com` means itself and all below it; `.example.com` and `*.example.com` only what is below.
  const suffix = bare.replace(/^\*/, '')
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`)
}

function isInNetwork(host: string, network: string): boolean {
  const [address = '', prefix = ''] = network.split('/')
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (!isIP(address) || !isIP(host) || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 'ipv6' ? 128 : 32)) {
    return false
  }
  const list = new BlockList()
  list.addSubnet(address, Number(prefix), family)
  return list.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')
}
