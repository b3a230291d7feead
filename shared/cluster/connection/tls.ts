import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { ClusterError } from '../errors.ts'
import type { ClusterEntry } from './kubeconfig-file.ts'

/** A client certificate with its key, both PEM. A new one is a new object. */
export interface ClientCertificate {
  readonly cert: Buffer
  readonly key: Buffer
  /** What it is called in messages. */
  readonly label: string
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
      `The cluster "${cluster.name}" in ${cluster.file} has both insecure-skip-tls-verify and a certificate ` +
        'authority. Remove one of them.',
    )
  }
  // As clientcmd does, data goes before a file.
  const authority = data ?? (file ? readConfigFile(file, 'certificate authority') : undefined)
  if (authority)
    checkCertificate(authority, `certificate authority ${data ? `of the cluster "${cluster.name}"` : file}`)
  return { authority, isUnverified: insecureSkipTlsVerify, serverName: cluster.tlsServerName }
}

/** @throws ClusterError of kind `config` that names the file and what it is for. */
export function readConfigFile(file: string, purpose: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'permission denied' : code
    throw configError(
      `The ${purpose} ${file} can't be read: ${reason}. Correct the path in the kubeconfig, or the file.`,
      error,
    )
  }
}

/** @throws ClusterError of kind `config` where the certificate or its key is none, or they do not belong together. */
export function createTlsContext(
  { authority }: ServerTrust,
  certificate: ClientCertificate | undefined,
): SecureContext {
  if (certificate) checkCertificate(certificate.cert, certificate.label)
  try {
    return createSecureContext({
      ...(authority && { ca: authority }),
      ...(certificate && { cert: certificate.cert, key: certificate.key }),
    })
  } catch (error) {
    const label = certificate?.label ?? 'TLS configuration'
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') {
      throw configError(`The key of the ${label} belongs to another certificate. Correct the kubeconfig.`, error)
    }
    if (code === 'ERR_MISSING_PASSPHRASE' || code === 'ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED') {
      throw configError(
        `The key of the ${label} is encrypted. Like kubectl, this needs one without a passphrase.`,
        error,
      )
    }
    throw configError(
      `The ${label} or its key is not valid PEM (${(error as Error).message}). Correct the kubeconfig.`,
      error,
    )
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

function checkCertificate(pem: Buffer, label: string): void {
  try {
    new X509Certificate(pem)
  } catch (error) {
    throw configError(`The ${label} is not a PEM certificate. Correct the kubeconfig.`, error)
  }
}

function configError(message: string, cause?: unknown): ClusterError {
  return new ClusterError(message, { kind: 'config', cause })
}
