import type { Remedy } from '../../remedy.ts'
import { ClusterError, type ClusterErrorKind, type RequestSubject } from '../errors.ts'
import { isUntrusted, UNTRUSTED } from './certificate-errors.ts'
import { expiryMs, type ClientCertificate } from './tls.ts'
import { phrase, phraseOf, type Phrase } from '../../phrase.ts'

/** What a message about a failed connection can name. */
export interface ConnectionFacts {
  readonly server: string
  /** Without credentials. */
  readonly proxy: string | undefined
  readonly certificate: ClientCertificate | undefined
  readonly wallMs: number
  readonly subject: RequestSubject
  /** The kubeconfig's user whose OIDC issuer the server is; left out for an API server. */
  readonly issuerOf?: string
}

/** Turns what `node:http`, `node:tls` or a proxy threw into an error for a person. */
export function connectionError(error: unknown, facts: ConnectionFacts): ClusterError {
  if (error instanceof ClusterError) return error
  const { kind, text, remedy } = explain(error as NodeJS.ErrnoException, facts)
  return new ClusterError(text, { kind, subject: facts.subject, remedy, cause: error })
}

/**
 * Whether a connection broke without an answer, which is usually transient: client-go's `IsConnectionReset` and
 * `IsProbableEOF`. A connection that could not be made, and one that a proxy broke, are not among them.
 */
export function isCut({ kind, cause }: ClusterError): boolean {
  return kind === 'unreachable' && CLOSED.has(codeOf(cause as NodeJS.ErrnoException))
}

interface Explanation {
  readonly kind: ClusterErrorKind
  readonly text: Phrase
  readonly remedy?: Remedy
}

function explain(error: NodeJS.ErrnoException, facts: ConnectionFacts): Explanation {
  const { server, proxy, issuerOf } = facts
  const code = codeOf(error)
  if (error.name === 'ProxyError') {
    if (error.cause instanceof Error && proxy !== undefined) {
      const { issuerOf: _, ...rest } = facts
      const { kind, text } = explain(error.cause, { ...rest, server: proxy, proxy: undefined })
      if (kind === 'certificate') return { kind, text: phrase`${text} It is the proxy of proxy-url or HTTPS_PROXY.` }
    }
    const text = phrase`The proxy ${proxy ?? ''} did not connect to ${server}: ${phraseOf(error)}. Check proxy-url or HTTPS_PROXY.`
    return { kind: 'unreachable', text }
  }
  const known = EXPLANATIONS[code]
  if (known) return { kind: known.kind, text: known.text(server) }
  if (isUntrusted(error)) {
    const text = phrase`The certificate of ${server} is signed by an authority that is not trusted (${UNTRUSTED[code]!}).`
    if (issuerOf === undefined) return { kind: 'certificate', text, remedy: { kind: 'checkCertificateAuthority' } }
    const advice = phrase`Set idp-certificate-authority of the user "${issuerOf}" in the kubeconfig to the issuer's certificate authority.`
    return { kind: 'certificate', text: phrase`${text} ${advice}` }
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const subject = (error as { cert?: { subjectaltname?: string } }).cert?.subjectaltname
    const names = subject ? [...new Set(subject.split(', '))] : []
    const text = names.length > 0 ? phrase`The certificate of ${server} is valid for other names (${names.join(', ')}).` : phrase`The certificate of ${server} is valid for other names.`
    if (issuerOf === undefined) return { kind: 'certificate', text, remedy: { kind: 'setTlsServerName', names } }
    return { kind: 'certificate', text: phrase`${text} Use one of them in idp-issuer-url.` }
  }
  if (error.name === 'SubjectAltNameError') {
    const text = phrase`The certificate of ${server} has no subject alternative name, and a common name is not enough. Issue a certificate with a subject alternative name for the server.`
    return { kind: 'certificate', text }
  }
  if (CLIENT_REFUSED.test(code)) return { kind: 'certificate', text: clientCertificateRefused(facts) }
  if (CLOSED.has(code)) {
    // Some servers say nothing about a certificate that they refuse.
    const expired = facts.certificate && expiredCertificate(facts.certificate, facts.wallMs)
    if (expired) return { kind: 'certificate', text: expired }
    return { kind: 'unreachable', text: phrase`${server} closed the connection before its answer was complete.` }
  }
  if (code.startsWith('HPE_')) {
    const text = phrase`${server} does not speak HTTP.`
    return { kind: 'protocol', text: server.startsWith('http:') ? phrase`${text} If it is an HTTPS server, its URL starts with https://.` : text }
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    const text = phrase`Cannot make a TLS connection to ${server} (${code}). Check the server URL.`
    return { kind: 'protocol', text }
  }
  return { kind: 'unreachable', text: phrase`The connection to ${server} failed: ${error.message || code || error.name}.` }
}

/** What there is to say of an error that its code alone explains. */
const EXPLANATIONS: Readonly<
  Record<string, { readonly kind: ClusterErrorKind; readonly text: (server: string) => Phrase }>
> = {
  ...each(['CERT_HAS_EXPIRED'], 'certificate', (server) => {
    return phrase`The certificate of ${server} has expired. Renew it, or check this machine's clock.`
  }),
  ...each(['CERT_NOT_YET_VALID'], 'certificate', (server) => {
    return phrase`The certificate of ${server} is not valid yet. Check this machine's clock.`
  }),
  ...each(['ENOTFOUND'], 'unreachable', (server) => {
    return phrase`Cannot resolve the host name of ${server}. Check the server URL, the network and the VPN.`
  }),
  ...each(['EAI_AGAIN'], 'unreachable', (server) => {
    return phrase`Cannot resolve the host name of ${server}: the DNS server does not respond. Check the network.`
  }),
  ...each(['ECONNREFUSED'], 'unreachable', (server) => {
    return phrase`${server} refused the connection. Check that the server is running and that the address is correct.`
  }),
  ...each(['ETIMEDOUT'], 'unreachable', (server) => {
    return phrase`The connection to ${server} timed out. Check the address, the network and the VPN.`
  }),
  ...each(['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'], 'unreachable', (server) => {
    return phrase`There is no route to ${server}. Check the network and the VPN.`
  }),
  ...each(
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST'],
    'protocol',
    (server) => {
      return phrase`${server} does not speak HTTPS. If it is a plain HTTP server, its URL starts with http://.`
    },
  ),
  ...each(['ERR_UPGRADED'], 'protocol', (server) => {
    return phrase`${server} changed to another protocol (HTTP 101), which was not asked for. Check its URL.`
  }),
  ...each(['HPE_HEADER_OVERFLOW'], 'protocol', (server) => {
    return phrase`The headers of the answer of ${server} are larger than 1 MiB. Check its URL.`
  }),
  ...each(['ERR_INVALID_CHAR'], 'config', () => {
    return phrase`A token or impersonated name contains a character that HTTP does not allow. Check it for line breaks.`
  }),
}

function each(codes: readonly string[], kind: ClusterErrorKind, text: (server: string) => Phrase): typeof EXPLANATIONS {
  return Object.fromEntries(codes.map((code) => [code, { kind, text }]))
}

function clientCertificateRefused({ server, certificate, wallMs }: ConnectionFacts): Phrase {
  if (!certificate) return phrase`${server} requires a client certificate, but the kubeconfig user has none.`
  const refused = phrase`${server} rejected the ${certificate.label}. Get a new one, or use another user.`
  return expiredCertificate(certificate, wallMs) ?? refused
}

/** A sentence about a client certificate that has expired; undefined if it has not. */
export function expiredCertificate(certificate: ClientCertificate, wallMs: number): Phrase | undefined {
  const untilMs = expiryMs(certificate)
  if (!(untilMs < wallMs)) return undefined
  return phrase`The ${certificate.label} expired on ${new Date(untilMs).toISOString().slice(0, 10)}. Get a new one.`
}

/** The code of an error. OpenSSL's come as they are when reading, and hidden in the text of an EPROTO when writing. */
function codeOf({ code = '', message }: NodeJS.ErrnoException): string {
  const reason = code === 'EPROTO' ? /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] : undefined
  return reason ? `ERR_SSL_${reason.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}` : code
}

/**
 * The alerts by which a TLS server refuses our certificate, or the lack of one. What stands before them differs between
 * versions of OpenSSL.
 */
const CLIENT_REFUSED = new RegExp(
  '^ERR_SSL_.*ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_REVOKED|' +
    'CERTIFICATE_EXPIRED|CERTIFICATE_UNKNOWN|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)$',
)

const CLOSED = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE'])
