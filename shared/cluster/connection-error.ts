import { ClusterError, type ClusterErrorKind, type RequestSubject } from './errors.ts'
import { expiryMs, type ClientCertificate } from './tls.ts'

/** What a message about a failed connection can name. */
export interface ConnectionFacts {
  readonly server: string
  /** Without credentials. */
  readonly proxy: string | undefined
  readonly certificate: ClientCertificate | undefined
  readonly wallMs: number
  readonly subject: RequestSubject
}

/** Turns what `node:http`, `node:tls` or a proxy threw into an error for a person. */
export function connectionError(error: unknown, facts: ConnectionFacts): ClusterError {
  if (error instanceof ClusterError) return error
  const { kind, text } = explain(error as NodeJS.ErrnoException, facts)
  return new ClusterError(text, { kind, subject: facts.subject, cause: error })
}

function explain(
  error: NodeJS.ErrnoException,
  facts: ConnectionFacts,
): { kind: ClusterErrorKind; text: string } {
  const { code = '', message } = error
  const { server } = facts
  const unreachable = (text: string) => ({ kind: 'unreachable' as const, text })
  const certificate = (text: string) => ({ kind: 'certificate' as const, text })

  if (error.name === 'ProxyError') {
    return unreachable(`The proxy ${facts.proxy} did not connect to ${server}: ${message}. Check proxy-url or HTTPS_PROXY.`)
  }
  if (SERVER_UNTRUSTED.has(code)) {
    return certificate(
      `The certificate of ${server} is signed by an authority that is not trusted (${UNTRUSTED_REASONS[code] ?? message}). ` +
        "Check the cluster's certificate-authority in the kubeconfig, or --certificate-authority.",
    )
  }
  if (code === 'CERT_HAS_EXPIRED') {
    return certificate(`The certificate of ${server} has expired. It must be renewed on the server; check this machine's clock too.`)
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return certificate(`The certificate of ${server} is not valid yet. Check this machine's clock.`)
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = (error as { cert?: { subjectaltname?: string } }).cert?.subjectaltname
    return certificate(
      `The certificate of ${server} is for other names${names ? ` (${names})` : ''}. ` +
        'Use one of them in the server URL, or --tls-server-name.',
    )
  }
  if (CLIENT_REFUSED.test(code)) return certificate(clientCertificateRefused(facts))
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' || code === 'ERR_SSL_HTTP_REQUEST') {
    return { kind: 'protocol', text: `${server} does not speak HTTPS. If it is a plain HTTP server, its URL starts with http://.` }
  }
  if (code.startsWith('HPE_')) {
    return { kind: 'protocol', text: `${server} does not speak HTTP${server.startsWith('http:') ? '. If it speaks HTTPS, its URL starts with https://' : ''}.` }
  }
  if (code === 'ENOTFOUND') return unreachable(`The name of ${server} is not known. Check the server's URL, the network and the VPN.`)
  if (code === 'EAI_AGAIN') return unreachable(`The name of ${server} can't be looked up: no name server answers. Check the network.`)
  if (code === 'ECONNREFUSED') {
    return unreachable(`${server} refused the connection. Is the API server running, and is that its address?`)
  }
  if (code === 'ETIMEDOUT') return unreachable(`${server} did not take the connection in time. Check its address, the network and the VPN.`)
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'EADDRNOTAVAIL') {
    return unreachable(`There is no route to ${server}. Check the network and the VPN.`)
  }
  if (CLOSED.has(code)) return unreachable(`${server} closed the connection before its answer was complete.`)
  if (code === 'ERR_INVALID_CHAR') {
    return { kind: 'config', text: 'A credential or an impersonated name has a character that HTTP does not allow. Check the token.' }
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return { kind: 'certificate', text: `No TLS connection could be made with ${server} (${reasonOf(error)}).` }
  }
  return unreachable(`The connection to ${server} failed: ${message || code || error.name}.`)
}

function clientCertificateRefused({ server, certificate, wallMs }: ConnectionFacts): string {
  if (!certificate) return `${server} wants a client certificate, and the kubeconfig's user has none.`
  return expiredCertificate(certificate, wallMs) ?? `${server} refused the ${certificate.label}. Get a new one, or choose another user.`
}

/** A sentence on a client certificate that has run out; undefined where it has not. */
export function expiredCertificate(certificate: ClientCertificate, wallMs: number): string | undefined {
  const untilMs = expiryMs(certificate)
  if (!(untilMs < wallMs)) return undefined
  return `The ${certificate.label} expired on ${new Date(untilMs).toISOString().slice(0, 10)}. Get a new one.`
}

/** OpenSSL's own words, without the file and line of its source. */
function reasonOf(error: Error): string {
  return (error as { reason?: string }).reason ?? (error as NodeJS.ErrnoException).code ?? error.message
}

const UNTRUSTED_REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is self-signed and unknown',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is unknown',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is unknown',
  CERT_SIGNATURE_FAILURE: 'another key of that authority signed it',
}

const SERVER_UNTRUSTED = new Set([
  ...Object.keys(UNTRUSTED_REASONS),
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'CERT_CHAIN_TOO_LONG',
])

/** The alerts by which a TLS server refuses our certificate, or the lack of one. */
const CLIENT_REFUSED =
  /^ERR_SSL_(TLS|SSL)V\d+_ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_REVOKED|CERTIFICATE_EXPIRED|CERTIFICATE_UNKNOWN|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)$/

const CLOSED = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE'])
