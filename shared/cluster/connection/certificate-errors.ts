/** Why OpenSSL does not believe in a server's certificate. */
export const UNTRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is self-signed and unknown',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is unknown',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is unknown',
  CERT_SIGNATURE_FAILURE: 'another key of that authority signed it',
  CERT_UNTRUSTED: 'its authority is not trusted for this',
  CERT_REJECTED: 'its authority is rejected for this',
  INVALID_CA: 'its authority may not sign',
  INVALID_PURPOSE: 'it is not for servers',
  PATH_LENGTH_EXCEEDED: 'its chain is too long',
  CERT_CHAIN_TOO_LONG: 'its chain is too long',
}

/** Whether an error says that the server's certificate is not signed by a trusted authority. */
export function isUntrusted(error: unknown): boolean {
  return ((error as NodeJS.ErrnoException).code ?? '') in UNTRUSTED
}
