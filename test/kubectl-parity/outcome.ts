import type { Finished } from '../support/built-cli.ts'
import type { Outcome } from './parity-case.ts'

type Words = readonly (readonly [Outcome, RegExp])[]

/** In which words each program says why it failed; the first that is found counts. */
const KUBECTL: Words = [
  ['no credentials', /getting credentials:|failed to refresh token|oidc: |No valid id-token|token response did not contain/],
  ['timeout', /Client\.Timeout|context deadline exceeded|request canceled|TLS handshake timeout/],
  ['protocol', /protocol version not supported/],
  ['server certificate', /x509: |failed to verify certificate/],
  ['client certificate', /remote error: tls: /],
  ['protocol', /HTTP response to HTTPS client|HTTP request to an HTTPS server|malformed HTTP|first record does not look like/],
  ['protocol', /unable to decode|couldn't get version\/kind|invalid character|unexpected end of JSON|did not return more information|serializer for .* doesn't exist|stopped after 10 redirects/],
  ['unauthorized', /\(Unauthorized\)|provide credentials/],
  ['forbidden', /\(Forbidden\)|is forbidden/],
  ['too many requests', /\(TooManyRequests\)|too many requests/i],
  ['not found', /\(NotFound\)|could not find the requested resource|doesn't have a resource type/],
  ['server error', /\(InternalError\)|\(ServiceUnavailable\)|an error on the server|unable to handle the request|\((Server)?Timeout\)/],
  ['unreachable', /connection refused|dial tcp|was refused|no such host|EOF|connection reset/],
]

const OURS: Words = [
  ['no credentials', /credential plugin .* (failed|printed|is not|is in ".*", a relative entry|needs input|can't be started)|client certificate from .* belongs to another|^Error: The login of the user|failed to renew the OIDC|did not respond like an OpenID Connect issuer/m],
  ['timeout', /did not answer within/],
  ['server certificate', /^Error: The certificate of http/m],
  ['client certificate', /requires a client certificate|rejected the client certificate|client certificate .* expired on/],
  ['protocol', /did not respond like a Kubernetes API server|returned an invalid list response|changed to another protocol|does not speak HTTP|Cannot make a TLS connection/],
  ['unauthorized', /rejected the credentials/],
  ['forbidden', /You are not allowed to/],
  ['too many requests', /is overloaded/],
  ['not found', /does not serve|not found/],
  ['server error', /\(HTTP 5\d\d\)/],
  ['unreachable', /refused the connection|Cannot resolve the host name|closed the connection|did not connect to|The connection to .* failed/],
]

const REFUSED_BY_ALL = /connection refused|was refused|refused the connection|no such host/

/** How a program ended; `unknown` where it reached a server, and its words are in no list here. */
export function outcomeOf(program: 'kubectl' | 'ours', { code, stderr }: Finished, connections: number): Outcome | 'unknown' {
  if (code === 0) return 'answered'
  const words = program === 'kubectl' ? KUBECTL : OURS
  // Without a connection, the words are about flags or kubeconfig, unless they say why there is none.
  const possible = connections > 0 ? words : words.filter(([outcome]) => outcome === 'no credentials' || outcome === 'timeout')
  if (connections === 0 && REFUSED_BY_ALL.test(stderr)) return 'unreachable'
  const found = possible.find(([, pattern]) => pattern.test(stderr))
  if (found) return found[0]
  return connections === 0 ? 'refused' : 'unknown'
}
