import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import {
  checkServerIdentity as checkNodesWay,
  createSecureContext,
  getCACertificates,
  type ConnectionOptions,
  type PeerCertificate,
  type SecureContext,
} from 'node:tls'
import { ClusterError } from '../errors.ts'
import type { ClusterEntry } from './kubeconfig-file.ts'
import { phrase, type Phrase } from '../../phrase.ts'

/** A client certificate with its key, both PEM. A new one is a new object. */
export interface ClientCertificate {
  readonly cert: Buffer
  readonly key: Buffer
  /** What it is called in messages. */
  readonly label: Phrase
}

/** What decides whether a server's certificate is believed. */
export interface ServerTrust {
  /** PEM; undefined is Node's own authorities. */
  readonly authority: Buffer | undefined
  readonly isUnverified: boolean
  /** The name to expect instead of the URL's host. */
  readonly serverName: string | undefined
}

/** @throws ClusterError of kind `config` where the authority can't be read. */
export function readServerTrust(cluster: ClusterEntry): ServerTrust {
  const { certificateAuthority: file, certificateAuthorityData: data, insecureSkipTlsVerify } = cluster
  if (insecureSkipTlsVerify && (file || data)) {
    throw configError(
      phrase`The cluster "${cluster.name}" in ${cluster.file} has both insecure-skip-tls-verify and a certificate authority. Remove one of them.`,
    )
  }
  if (file && data) throw bothGiven(cluster, 'certificate-authority')
  const authority = data ?? (file ? readConfigFile(file, phrase`certificate authority`) : undefined)
  if (authority)
    checkCertificate(authority, data ? phrase`certificate authority of the cluster "${cluster.name}"` : phrase`certificate authority ${file!}`)
  return { authority, isUnverified: insecureSkipTlsVerify, serverName: cluster.tlsServerName }
}

/** The error for what is given as a file and as data, which clientcmd's validation refuses. */
export function bothGiven({ name, file }: { readonly name: string; readonly file: string }, field: string): ClusterError {
  return configError(phrase`The entry "${name}" in ${file} has both ${field} and ${field}-data. Remove one of them.`)
}

/** @throws ClusterError of kind `config` that names the file and what it is for. */
export function readConfigFile(file: string, purpose: Phrase): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? phrase`there is no such file` : code === 'EACCES' ? phrase`permission denied` : (code ?? '')
    throw configError(
      phrase`The ${purpose} ${file} can't be read: ${reason}. Correct the path in the kubeconfig, or the file.`,
      error,
    )
  }
}

/** @throws ClusterError of kind `config` if the certificate or its key is invalid, or they do not belong together. */
export function createTlsContext(
  { authority }: ServerTrust,
  certificate: ClientCertificate | undefined,
): SecureContext {
  if (certificate) checkPair(certificate)
  try {
    return createSecureContext({
      // Go believes whatever it is given, an intermediate authority or the server's own certificate too; OpenSSL wants
      // to be told so.
      ...(authority && { ca: authority, allowPartialTrustChain: true }),
      ...(certificate && { cert: certificate.cert, key: certificate.key }),
    })
  } catch (error) {
    const { message } = error as Error
    throw configError(certificate ? phrase`The ${certificate.label} can't be used: ${message}.` : phrase`TLS can't be set up: ${message}.`, error)
  }
}

/** What OpenSSL would take: it says nothing of a key of another kind than the certificate's. */
function checkPair({ cert, key, label }: ClientCertificate): void {
  checkCertificate(cert, label)
  if (!isPem(key)) throw configError(phrase`The key of the ${label} is not in PEM format. ${CONVERT_KEY}`)
  let privateKey: KeyObject
  try {
    privateKey = createPrivateKey(key)
  } catch (error) {
    const problem = ENCRYPTED.test(key.toString('latin1'))
      ? phrase`The key of the ${label} is encrypted. Use a key without a passphrase, as for kubectl.`
      : phrase`The key of the ${label} can't be read. Correct the kubeconfig, or the file.`
    throw configError(problem, error)
  }
  if (!new X509Certificate(cert).checkPrivateKey(privateKey)) {
    throw configError(phrase`The key of the ${label} belongs to another certificate. Correct the kubeconfig.`)
  }
}

const ENCRYPTED = /^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m
const CONVERT = phrase`Convert it with "openssl x509 -inform der".`
const CONVERT_KEY = phrase`Convert it with "openssl pkey -inform der".`

/** A server's certificate that names it only in its subject, which Go's crypto/x509 does not read. */
export class SubjectAltNameError extends Error {
  override readonly name = 'SubjectAltNameError'
}

/** Whether a certificate is for a host: as Go sees it, so by its subject alternative names alone. */
export function checkServerIdentity(host: string, certificate: PeerCertificate): Error | undefined {
  const names = (certificate.subjectaltname ?? '').split(', ').filter((name) => name !== '' && !PARTIAL_WILDCARD.test(name))
  if (names.length === 0) return new SubjectAltNameError('no subject alternative name')
  // Without the subject: where no DNS name is left, Node would look at its common name.
  return checkNodesWay(host, { ...certificate, subject: {}, subjectaltname: names.join(', ') })
}

/** A wildcard that is only a part of a label, as in `api*.example.com`: for Go it stands for nothing, for Node it does. */
const PARTIAL_WILDCARD = /^DNS:(?:.+\*|\*[^.])/

/** Has a server's certificate checked for this name, whatever the URL says. An address can't be sent as SNI. */
export function expecting(name: string): ConnectionOptions {
  if (!isIP(name)) return { servername: name, checkServerIdentity }
  return { servername: '', checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate) }
}

/**
 * How to connect to an HTTPS proxy. It may be signed by the cluster's authority (as for Go, which asks no other) or by one
 * of the system's. Its certificate must be for its own name: Node would take that from the Host header, which names the
 * server behind it.
 */
export function tlsToProxy(
  host: string,
  { authority, isUnverified }: Omit<ServerTrust, 'serverName'>,
  certificate: ClientCertificate | undefined,
): ConnectionOptions {
  const authorities = [authority, systemAuthorities()].filter((pem) => pem !== undefined)
  return {
    ...expecting(host),
    rejectUnauthorized: !isUnverified,
    ...(authorities.length > 0 && { ca: authorities }),
    ...(certificate && { cert: certificate.cert, key: certificate.key }),
  }
}

/** The authorities that this machine trusts, as PEM; undefined where it says of none. Reading them takes 40 ms. */
export function systemAuthorities(): Buffer | undefined {
  const system = getCACertificates('system')
  return system.length > 0 ? Buffer.from(system.join('\n')) : undefined
}

/** When a certificate stops being valid, in milliseconds since the epoch. */
export function expiryMs(certificate: ClientCertificate): number {
  return Date.parse(new X509Certificate(certificate.cert).validTo)
}

function checkCertificate(pem: Buffer, label: Phrase): void {
  const isPemFile = isPem(pem)
  try {
    new X509Certificate(pem)
  } catch (error) {
    const problem = isPemFile
      ? phrase`The ${label} is not a valid certificate. Correct the kubeconfig.`
      : phrase`The ${label} is not a PEM certificate. Correct the kubeconfig.`
    throw configError(problem, error)
  }
  if (!isPemFile) throw configError(phrase`The ${label} is in DER format, and must be PEM. ${CONVERT}`)
}

function isPem(content: Buffer): boolean {
  return content.includes('-----BEGIN ')
}

function configError(message: Phrase, cause?: unknown): ClusterError {
  return new ClusterError(message, { kind: 'config', cause })
}
