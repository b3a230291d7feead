import { BlockList, isIP, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'
import { ClusterError } from '../errors.ts'
import type { ClusterEntry } from './kubeconfig-file.ts'
import { phrase, type Phrase } from '../../phrase.ts'

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
 * @throws ClusterError of kind `config` if it is not a proxy URL
 */
export function chooseProxy(server: URL, cluster: ClusterEntry | undefined, env: NodeJS.ProcessEnv): URL | undefined {
  if (cluster?.proxyUrl) {
    return parseProxy(cluster.proxyUrl, phrase`The proxy-url of the cluster "${cluster.name}" in ${cluster.file}`)
  }
  const variable = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const proxy = env[variable] || env[variable.toLowerCase()]
  if (!proxy || isDirect(server, env.NO_PROXY || env.no_proxy || '')) return undefined
  return parseProxy(proxy.includes('://') ? proxy : `http://${proxy}`, phrase`The environment variable ${variable}`)
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

function parseProxy(text: string, source: Phrase): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && url.hostname !== '' && url.protocol in DEFAULT_PORTS) return url
  throw new ClusterError(phrase`${source} is not a proxy URL. Use a URL like http://host:3128, https://… or socks5://….`, {
    kind: 'config',
  })
}

/** Whether a server is on this machine, by the name it is called. */
export function isLoopback(server: URL): boolean {
  const host = plainAddress(hostOf(server))
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
}

function isDirect(server: URL, noProxy: string): boolean {
  if (isLoopback(server)) return true
  const host = plainAddress(hostOf(server).toLowerCase())
  const port = String(portOf(server))
  return noProxy
    .split(',')
    .map((pattern) => pattern.trim().toLowerCase())
    .some((pattern) => pattern === '*' || matches(pattern, host, port))
}

/** As the matchers of golang.org/x/net/http/httpproxy, which knows no other wildcards than `*` and a leading `*.`. */
function matches(pattern: string, host: string, port: string): boolean {
  if (isNetwork(pattern)) return isInNetwork(host, pattern)
  const [, bracketed, plain, wantedPort = ''] = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(pattern) ?? []
  const name = bracketed ?? plain ?? pattern
  if (name === '' || (wantedPort !== '' && wantedPort !== port)) return false
  if (isIP(name)) return plainAddress(name) === host
  // `example.com` means itself and all below it; `.example.com` and `*.example.com` only what is below.
  const suffix = name.startsWith('*.') ? name.slice(1) : name
  const ascii = /^[\0-\x7f]*$/.test(suffix) ? suffix : domainToASCII(suffix)
  return ascii.startsWith('.') ? host.endsWith(ascii) : host === ascii || host.endsWith(`.${ascii}`)
}

/** An address in its one spelling; an IPv4 address that is written as IPv6 is one of IPv4, as for Go. */
function plainAddress(host: string): string {
  // Checked first, because isIPv6() compiles a large regular expression, which takes milliseconds at startup.
  if (!host.includes(':') || !isIPv6(host) || !URL.canParse(`http://[${host}]`)) return host
  const address = new URL(`http://[${host}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(address)
  if (!mapped) return address
  const bytes = mapped.slice(1).flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff])
  return bytes.join('.')
}

function isNetwork(pattern: string): boolean {
  const [address = '', prefix = '', ...more] = pattern.split('/')
  const bits = isIP(address) === 6 ? 128 : 32
  return more.length === 0 && isIP(address) !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits
}

function isInNetwork(host: string, network: string): boolean {
  if (!isIP(host)) return false
  const [address = '', prefix] = network.split('/')
  const list = new BlockList()
  list.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4')
  return list.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')
}
