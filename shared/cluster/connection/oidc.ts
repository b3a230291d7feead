import { text } from 'node:stream/consumers'
import { answerError, foreignAnswer } from './answer-error.ts'
import { connectionError } from './connection-error.ts'
import type { ConnectionSurroundings } from './connection-settings.ts'
import type { IssuedCredential } from './credentials.ts'
import { ClusterError } from '../errors.ts'
import type { UserEntry } from './kubeconfig-file.ts'
import { chooseProxy } from './proxy.ts'
import { readConfigFile } from './tls.ts'
import { Transport } from './transport.ts'

/** An ID token that ends this soon is renewed; client-go's `expiryDelta`. */
const EXPIRY_MARGIN_MS = 10_000
const SUBJECT = { verb: 'renew the OIDC ID token' }

/**
 * Gets ID tokens from the `oidc` auth-provider of a kubeconfig, as client-go's `plugin/pkg/client/auth/oidc` does: the
 * one in the kubeconfig while it lasts, then new ones for the refresh token (OpenID Connect Core 12, RFC 6749 6). The
 * kubeconfig is not written to; a refresh token that the issuer replaced is kept in this process alone.
 *
 * @throws ClusterError of kind `config` where the entry is incomplete
 */
export function oidcRefresher(
  user: UserEntry,
  surroundings: ConnectionSurroundings,
): (signal: AbortSignal) => Promise<IssuedCredential> {
  const config = user.authProvider!.config
  const issuer = config['idp-issuer-url']
  const clientId = config['client-id']
  if (!issuer || !URL.canParse(issuer) || !clientId) {
    throw new ClusterError(
      `The oidc auth-provider of the user "${user.name}" in ${user.file} needs idp-issuer-url and client-id.`,
      { kind: 'config' },
    )
  }
  const authority = config['idp-certificate-authority-data']
    ? Buffer.from(config['idp-certificate-authority-data'], 'base64')
    : config['idp-certificate-authority']
      ? readConfigFile(config['idp-certificate-authority'], 'certificate authority of the OIDC issuer')
      : undefined
  let idToken = config['id-token']
  let refreshToken = config['refresh-token']
  let isFirst = true

  return async (signal) => {
    const endMs = idToken ? expiryOf(idToken) : undefined
    // Asked again although the token has not ended: the server has refused it.
    const isUsable = isFirst && endMs !== undefined && endMs - EXPIRY_MARGIN_MS > surroundings.clock.wallMs()
    isFirst = false
    if (!isUsable) {
      if (!refreshToken) throw loggedOut(user, 'its ID token has expired, and it has no refresh token')
      const client = new IssuerClient(user, authority, surroundings, signal)
      const tokens = await client.refresh(issuer, clientId, config['client-secret'] ?? '', refreshToken)
      idToken = tokens.idToken
      refreshToken = tokens.refreshToken ?? refreshToken
    }
    const expiresAtMs = expiryOf(idToken!)
    return {
      credential: { authorization: `Bearer ${idToken}` },
      expiresAtMs: expiresAtMs === undefined ? undefined : expiresAtMs - EXPIRY_MARGIN_MS,
    }
  }
}

/** The end of a JWT, in milliseconds since the epoch; undefined where it is none, or never ends. */
function expiryOf(token: string): number | undefined {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { exp?: unknown }
    return typeof claims.exp === 'number' ? claims.exp * 1000 : undefined
  } catch {
    return undefined
  }
}

function loggedOut(user: UserEntry, problem: string): ClusterError {
  return new ClusterError(`The login of the user "${user.name}" is over: ${problem}. Log in again.`, {
    kind: 'unauthorized',
  })
}

/** Speaks with an OpenID Connect issuer. */
class IssuerClient {
  readonly #user: UserEntry
  readonly #authority: Buffer | undefined
  readonly #surroundings: ConnectionSurroundings
  readonly #signal: AbortSignal

  constructor(
    user: UserEntry,
    authority: Buffer | undefined,
    surroundings: ConnectionSurroundings,
    signal: AbortSignal,
  ) {
    this.#user = user
    this.#authority = authority
    this.#surroundings = surroundings
    this.#signal = signal
  }

  async refresh(
    issuer: string,
    clientId: string,
    clientSecret: string,
    refreshToken: string,
  ): Promise<{ idToken: string; refreshToken: string | undefined }> {
    const discovery = await this.#send(new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`))
    const endpoint = discovery.token_endpoint
    if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) {
      throw foreignAnswer(issuer, SUBJECT, 200, 'its discovery document names no token endpoint')
    }
    const methods = discovery.token_endpoint_auth_methods_supported
    // OpenID Connect Discovery 3: where it is not said, it is client_secret_basic.
    const isBasic = !Array.isArray(methods) || methods.includes('client_secret_basic')
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken })
    if (!clientSecret || !isBasic) form.set('client_id', clientId)
    if (clientSecret && !isBasic) form.set('client_secret', clientSecret)
    const basic = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`
    const tokens = await this.#send(new URL(endpoint), {
      body: form.toString(),
      ...(clientSecret && isBasic && { authorization: `Basic ${Buffer.from(basic).toString('base64')}` }),
    })
    if (typeof tokens.id_token !== 'string') throw loggedOut(this.#user, 'the issuer gave no new ID token')
    return {
      idToken: tokens.id_token,
      refreshToken: typeof tokens.refresh_token === 'string' ? tokens.refresh_token : undefined,
    }
  }

  async #send(url: URL, form?: { body: string; authorization?: string }): Promise<Readonly<Record<string, unknown>>> {
    const { clock, env } = this.#surroundings
    const proxy = chooseProxy(url, undefined, env)
    const trust = { authority: this.#authority, isUnverified: false, serverName: undefined }
    const transport = new Transport(url, trust, proxy, clock)
    const facts = {
      server: url.origin,
      proxy: proxy?.host,
      certificate: undefined,
      wallMs: clock.wallMs(),
      subject: SUBJECT,
    }
    try {
      const answer = await transport.send({
        method: form ? 'POST' : 'GET',
        path: url.pathname + url.search,
        headers: {
          Accept: 'application/json',
          ...(form && {
            'Content-Type': 'application/x-www-form-urlencoded',
            'Content-Length': Buffer.byteLength(form.body),
          }),
          ...(form?.authorization && { Authorization: form.authorization }),
        },
        body: form?.body,
        certificate: undefined,
        isStream: false,
        signal: this.#signal,
      })
      const body = await text(answer)
      const status = answer.statusCode ?? 0
      if (form && (status === 400 || status === 401)) {
        throw loggedOut(this.#user, `the issuer ${url.origin} refused its refresh token`)
      }
      if (status !== 200) {
        throw answerError({ ...facts, status, headers: answer.headers, body })
      }
      return parseObject(body) ?? raise(foreignAnswer(url.origin, SUBJECT, status, 'it is no OpenID Connect issuer'))
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason
      throw connectionError(error, facts)
    } finally {
      transport.close()
    }
  }
}

/** RFC 6749 2.3.1: both are form-encoded before they are joined. */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

function raise(error: Error): never {
  throw error
}
