import type { IncomingHttpHeaders } from 'node:http'
import { answerError } from '../answer-error.ts'
import { readBody } from './body.ts'
import { connectionError, type ConnectionFacts } from './connection-error.ts'
import type { ConnectionSurroundings } from './connection-settings.ts'
import type { IssuedCredential } from './credentials.ts'
import { ClusterError } from '../errors.ts'
import type { Tokens } from './kubeconfig-edit.ts'
import type { UserEntry } from './kubeconfig-file.ts'
import { chooseProxy } from './proxy.ts'
import { readConfigFile } from './tls.ts'
import { TokenStore, TokenStoreError } from './token-store.ts'
import { isRedirect, Transport } from './transport.ts'
import { phrase, type Phrase } from '../../phrase.ts'

/** An ID token that ends this soon is renewed; client-go's `expiryDelta`. */
const EXPIRY_MARGIN_MS = 10_000
const SUBJECT = { verb: 'renew the OIDC ID token' }

/**
 * Gets ID tokens from the `oidc` auth-provider of a kubeconfig, as client-go's `plugin/pkg/client/auth/oidc` does: the
 * one in the kubeconfig while it lasts, then new ones for the refresh token (OpenID Connect Core 12, RFC 6749 6). New
 * tokens are written to the kubeconfig, where kubectl finds them: many issuers take a refresh token once. What another
 * program has written there meanwhile is used.
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
      phrase`The oidc auth-provider of the user "${user.name}" in ${user.file} needs idp-issuer-url and client-id.`,
      { kind: 'config' },
    )
  }
  const authority = config['idp-certificate-authority-data']
    ? Buffer.from(config['idp-certificate-authority-data'], 'base64')
    : config['idp-certificate-authority']
      ? readConfigFile(config['idp-certificate-authority'], phrase`certificate authority of the OIDC issuer`)
      : undefined
  const login = new Login(user, new TokenStore(user, surroundings.clock), surroundings)
  return (signal) =>
    login.idToken((refreshToken) => {
      const client = new IssuerClient(user, authority, surroundings, signal)
      return client.refresh(issuer, clientId, config['client-secret'] ?? '', refreshToken)
    })
}

/** What an issuer gives for a refresh token. Without a new refresh token, the old one stays in use. */
interface NewTokens {
  readonly idToken: string
  readonly refreshToken: string | undefined
}

/** The tokens of one user: the newest that this process got or found in the kubeconfig. */
class Login {
  readonly #user: UserEntry
  readonly #store: TokenStore
  readonly #surroundings: ConnectionSurroundings
  /** As they were last seen in the file. */
  #filed: Tokens
  #tokens: Tokens
  /** The ID token that was returned last. A caller that asks again had it rejected. */
  #given: string | undefined
  #hasWarned = false

  constructor(user: UserEntry, store: TokenStore, surroundings: ConnectionSurroundings) {
    this.#user = user
    this.#store = store
    this.#surroundings = surroundings
    this.#filed = this.#tokens = user.authProvider!.config
  }

  async idToken(refresh: (refreshToken: string) => Promise<NewTokens>): Promise<IssuedCredential> {
    if (!this.#isUsable()) await this.#adopt()
    if (!this.#isUsable()) {
      try {
        await this.#refresh(refresh)
      } catch (error) {
        // Another program may have used the refresh token just before.
        if (!(error instanceof ClusterError && error.kind === 'unauthorized') || !(await this.#adopt())) throw error
        if (!this.#isUsable()) await this.#refresh(refresh)
      }
    }
    const idToken = (this.#given = this.#tokens['id-token']!)
    const endMs = expiryOf(idToken)
    return {
      credential: { authorization: `Bearer ${idToken}` },
      expiresAtMs: endMs === undefined ? undefined : endMs - EXPIRY_MARGIN_MS,
    }
  }

  #isUsable(): boolean {
    const idToken = this.#tokens['id-token']
    if (!idToken || idToken === this.#given) return false
    const endMs = expiryOf(idToken)
    return endMs !== undefined && endMs - EXPIRY_MARGIN_MS > this.#surroundings.clock.wallMs()
  }

  /** Takes over the tokens of the file, if another program has changed them. */
  async #adopt(): Promise<boolean> {
    const filed = await this.#store.read()
    const isChanged = FIELDS.some((field) => filed?.[field] !== undefined && filed[field] !== this.#filed[field])
    if (filed && isChanged) this.#filed = this.#tokens = filed
    return isChanged
  }

  async #refresh(refresh: (refreshToken: string) => Promise<NewTokens>): Promise<void> {
    const old = this.#tokens['refresh-token']
    if (!old) throw loggedOut(this.#user, phrase`its ID token has expired, and it has no refresh token`)
    const { idToken, refreshToken } = await refresh(old)
    const isReplaced = refreshToken !== undefined && refreshToken !== old
    const fresh = { 'id-token': idToken, ...(isReplaced && { 'refresh-token': refreshToken }) }
    this.#tokens = { ...this.#tokens, ...fresh }
    try {
      await this.#store.write(fresh)
      this.#filed = this.#tokens
    } catch (error) {
      if (!(error instanceof TokenStoreError)) throw error
      if (isReplaced) this.#warn(error.message)
    }
  }

  #warn(problem: string): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    this.#surroundings.onWarning?.(
      `The new login of the user "${this.#user.name}" could not be saved in ${this.#user.file}: ${problem}. ` +
        'The issuer may not accept the old one again, so you may have to log in again after this command.',
    )
  }
}

const FIELDS = ['id-token', 'refresh-token'] as const

/** The end of a JWT, in milliseconds since the epoch; undefined if it is not a JWT, or never expires. */
function expiryOf(token: string): number | undefined {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { exp?: unknown }
    // Some issuers write the number as a string. client-go reads both (`jsonTime`).
    const endS = typeof claims.exp === 'string' ? Number(claims.exp) : claims.exp
    return typeof endS === 'number' && Number.isFinite(endS) ? endS * 1000 : undefined
  } catch {
    return undefined
  }
}

function loggedOut(user: UserEntry, problem: Phrase): ClusterError {
  return new ClusterError(phrase`The login of the user "${user.name}" has expired: ${problem}.`, {
    kind: 'unauthorized',
    remedy: { kind: 'logIn' },
  })
}

function noIssuer(user: UserEntry, issuer: string, problem: Phrase): ClusterError {
  return new ClusterError(
    phrase`${issuer} did not respond like an OpenID Connect issuer: ${problem}. Check the idp-issuer-url of the user "${user.name}".`,
    { kind: 'protocol', subject: SUBJECT },
  )
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
  ): Promise<NewTokens> {
    const discovery = await this.#send(new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`))
    const endpoint = discovery.token_endpoint
    if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) {
      throw noIssuer(this.#user, issuer, phrase`its discovery document names no token endpoint`)
    }
    const methods = discovery.token_endpoint_auth_methods_supported
    const isBasic = clientSecret !== '' && (!Array.isArray(methods) || methods.includes('client_secret_basic'))
    const grant = { grant_type: 'refresh_token', refresh_token: refreshToken }
    const inForm = { ...grant, client_id: clientId, ...(clientSecret && { client_secret: clientSecret }) }
    const basic = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`
    const inHeader = `Basic ${Buffer.from(basic).toString('base64')}`
    const tokens = isBasic
      ? await this.#send(new URL(endpoint), formOf(grant, inHeader)).catch((error: unknown) => {
          // Not every issuer that takes the form alone says so, and some fail at the header. Whatever the error is,
          // golang.org/x/oauth2 then tries the form (`RetrieveToken`).
          if (this.#signal.aborted) throw error
          return this.#send(new URL(endpoint), formOf(inForm))
        })
      : await this.#send(new URL(endpoint), formOf(inForm))
    if (typeof tokens.id_token !== 'string' || tokens.id_token === '') throw loggedOut(this.#user, phrase`the issuer gave no new ID token`)
    return {
      idToken: tokens.id_token,
      // An empty one is none, as for golang.org/x/oauth2 (`RetrieveToken`).
      refreshToken: (typeof tokens.refresh_token === 'string' && tokens.refresh_token) || undefined,
    }
  }

  /** Sends a request, and again to where it is redirected, by the rules of Go's `http.Client`. */
  async #send(url: URL, form?: Form): Promise<Readonly<Record<string, unknown>>> {
    let to = url
    let sent = form
    for (let count = 1; ; count++) {
      const answer = await this.#exchange(to, sent)
      const { location } = answer.headers
      if (!isRedirect(answer.status) || !location) return this.#read(to, form, answer)
      const next = URL.parse(location, to.href)
      if (!next || !/^https?:$/.test(next.protocol) || count === MOST_REQUESTS) {
        throw noIssuer(this.#user, to.origin, phrase`it redirects to ${location}`)
      }
      // Go follows this one too. We do not send a refresh token or a client secret without TLS, or where a document
      // that came without TLS says.
      if (to.protocol === 'https:' && next.protocol === 'http:') {
        throw noIssuer(this.#user, to.origin, phrase`it redirects from HTTPS to plain HTTP (${location})`)
      }
      sent = {
        body: KEEP_METHOD.includes(answer.status) ? sent?.body : undefined,
        authorization: isWithin(next.hostname, url.hostname) ? sent?.authorization : undefined,
      }
      to = next
    }
  }

  async #exchange(url: URL, form: Form | undefined): Promise<Answer> {
    const { body, authorization } = form ?? {}
    const { clock, env } = this.#surroundings
    const proxy = chooseProxy(url, undefined, env)
    const trust = { authority: this.#authority, isUnverified: false, serverName: undefined }
    const transport = new Transport(url, trust, proxy, clock)
    try {
      const answer = await transport.send({
        method: body === undefined ? 'GET' : 'POST',
        path: url.pathname + url.search,
        headers: [
          ...['Accept', 'application/json', 'Accept-Encoding', 'gzip'],
          ...(body === undefined ? [] : ['Content-Type', 'application/x-www-form-urlencoded']),
          ...(body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))]),
          ...(authorization ? ['Authorization', authorization] : []),
        ],
        body,
        certificate: undefined,
        isStream: false,
        signal: this.#signal,
      })
      return { status: answer.statusCode ?? 0, headers: answer.headers, body: await readBody(answer) }
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason
      throw connectionError(error, { ...this.#factsOf(url), proxy: proxy?.host })
    } finally {
      transport.close()
    }
  }

  #read(url: URL, form: Form | undefined, { status, headers, body }: Answer): Readonly<Record<string, unknown>> {
    const isSuccess = form ? status >= 200 && status < 300 : status === 200
    const answered = isSuccess ? (parseObject(body) ?? (form && parseForm(body, headers))) : undefined
    // Some issuers say with the code 200 what went wrong.
    if (form && (REFUSALS.includes(status) || (typeof answered?.error === 'string' && answered.error !== ''))) {
      throw loggedOut(this.#user, phrase`the issuer ${url.origin} refused its refresh token`)
    }
    if (status >= 500 || status === 429) throw answerError({ ...this.#factsOf(url), status, headers, body })
    if (!isSuccess) throw noIssuer(this.#user, url.origin, phrase`it returned HTTP ${status}`)
    return answered ?? raise(noIssuer(this.#user, url.origin, phrase`its answer is not a JSON object`))
  }

  #factsOf({ origin }: URL): ConnectionFacts {
    const wallMs = this.#surroundings.clock.wallMs()
    return { server: origin, proxy: undefined, certificate: undefined, wallMs, subject: SUBJECT, issuerOf: this.#user.name }
  }
}

/** Redirects of a POST that are a POST again; the others become a GET. */
const KEEP_METHOD: readonly number[] = [307, 308]
/** How many requests a chain of redirects may take; Go's `defaultCheckRedirect`. */
const MOST_REQUESTS = 10

/** Whether a host is the given one, or in its domain. Go passes credentials in headers on to no other hosts. */
function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** How an issuer says that it takes neither the client nor its refresh token. */
const REFUSALS: readonly number[] = [400, 401, 403]

interface Form {
  /** Undefined after a redirect that makes a GET of the request. */
  readonly body: string | undefined
  readonly authorization: string | undefined
}

function formOf(fields: Readonly<Record<string, string>>, authorization?: string): Form {
  return { body: new URLSearchParams(fields).toString(), authorization }
}

/** RFC 6749 2.3.1: both are form-encoded before they are joined. */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

/** Tokens as a form, which some issuers return, and golang.org/x/oauth2 accepts. */
function parseForm(body: string, headers: IncomingHttpHeaders): Readonly<Record<string, unknown>> | undefined {
  const isForm = /^\s*(application\/x-www-form-urlencoded|text\/plain)\s*(;|$)/i.test(headers['content-type'] ?? '')
  return isForm ? Object.fromEntries(new URLSearchParams(body)) : undefined
}

function raise(error: Error): never {
  throw error
}
