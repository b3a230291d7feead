import type { Clock } from '../../time/index.ts'
import { SharedRun } from '../list-watch/shared-run.ts'
import type { ClientCertificate } from './tls.ts'

/** What proves to the server who asks. */
export interface Credential {
  /** The Authorization header. */
  readonly authorization?: string
  readonly certificate?: ClientCertificate
}

/** Where credentials come from. They may change while a connection lives. */
export interface CredentialSource {
  /** The credential to use now. @throws ClusterError of kind `config`, `unauthorized` or `unreachable` */
  current(signal: AbortSignal): Promise<Credential>
  /** Tells that the server answered 401, and whether there is now another credential to try. */
  renew(refused: Credential, signal: AbortSignal): Promise<boolean>
}

/** Credentials that stay as they are. */
export function fixedCredential(credential: Credential): CredentialSource {
  return { current: () => Promise.resolve(credential), renew: () => Promise.resolve(false) }
}

/** Credentials that are read from files, which others renew. `read(true)` looks at the files again at once. */
export function fileCredential(read: (again: boolean) => Credential): CredentialSource {
  return {
    current: async () => read(false),
    renew: async (refused) => !isSame(read(true), refused),
  }
}

/** A credential and when it ends, in milliseconds since the epoch; undefined is never. */
export interface IssuedCredential {
  readonly credential: Credential
  readonly expiresAtMs: number | undefined
}

/**
 * Credentials that are costly to get, from a program or another server. They are used until they end or are refused;
 * requests that need new ones at the same moment share one way there.
 */
export class IssuedCredentials implements CredentialSource {
  readonly #clock: Clock
  readonly #issuing: SharedRun<IssuedCredential>
  #issued: IssuedCredential | undefined

  constructor(clock: Clock, issue: (signal: AbortSignal) => Promise<IssuedCredential>) {
    this.#clock = clock
    this.#issuing = new SharedRun(async (signal) => (this.#issued = await issue(signal)))
  }

  async current(signal: AbortSignal): Promise<Credential> {
    const issued = this.#issued
    if (issued && !(issued.expiresAtMs !== undefined && issued.expiresAtMs <= this.#clock.wallMs())) {
      return issued.credential
    }
    return (await this.#issuing.join(signal)).credential
  }

  async renew(refused: Credential, signal: AbortSignal): Promise<boolean> {
    if (this.#issued?.credential === refused) this.#issued = undefined
    return !isSame(await this.current(signal), refused)
  }
}

function isSame(one: Credential, other: Credential): boolean {
  const isSameCertificate =
    one.certificate === other.certificate ||
    (one.certificate !== undefined &&
      other.certificate !== undefined &&
      one.certificate.cert.equals(other.certificate.cert))
  return one.authorization === other.authorization && isSameCertificate
}
