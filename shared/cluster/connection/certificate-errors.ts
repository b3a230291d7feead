import { phrase, type Phrase } from '../../phrase.ts'

/** Why OpenSSL does not believe in a server's certificate. */
export const UNTRUSTED: Readonly<Record<string, Phrase>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: phrase`it is self-signed`,
  SELF_SIGNED_CERT_IN_CHAIN: phrase`its authority is self-signed and unknown`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: phrase`its authority is unknown`,
  UNABLE_TO_GET_ISSUER_CERT: phrase`its authority is unknown`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: phrase`its authority is unknown`,
  CERT_SIGNATURE_FAILURE: phrase`another key of that authority signed it`,
  CERT_UNTRUSTED: phrase`its authority is not trusted for this`,
  CERT_REJECTED: phrase`its authority is rejected for this`,
  INVALID_CA: phrase`its authority may not sign`,
  INVALID_PURPOSE: phrase`it is not for servers`,
  PATH_LENGTH_EXCEEDED: phrase`its chain is too long`,
  CERT_CHAIN_TOO_LONG: phrase`its chain is too long`,
}

/** Whether an error says that the server's certificate is not signed by a trusted authority. */
export function isUntrusted(error: unknown): boolean {
  return ((error as NodeJS.ErrnoException).code ?? '') in UNTRUSTED
}
