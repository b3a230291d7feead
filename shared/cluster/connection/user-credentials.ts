import type { OutgoingHttpHeaders } from 'node:http'
import type { ConnectionSurroundings } from './connection-settings.ts'
import {
  fileCredential,
  fixedCredential,
  IssuedCredentials,
  type Credential,
  type CredentialSource,
} from './credentials.ts'
import type { Remedy } from '../../remedy.ts'
import { ClusterError } from '../errors.ts'
import { headerText } from './header-text.ts'
import { CredentialFile } from './credential-file.ts'
import type { UserEntry } from './kubeconfig-file.ts'
import type { ConnectionTarget } from './target.ts'
import { bothGiven, type ClientCertificate } from './tls.ts'
import { phrase, type Phrase } from '../../phrase.ts'

/**
 * Where the credentials of a kubeconfig's user come from. What excludes each other is what clientcmd's validation
 * says; what goes before what is client-go's transport: a user in the URL before all else, any credential of the
 * kubeconfig's before a plugin, and a token or a password before an auth-provider.
 *
 * Over plain HTTP there are none, as clientcmd has it (`ClientConfig`).
 *
 * @throws ClusterError of kind `config`
 */
export async function createCredentials(
  target: ConnectionTarget,
  surroundings: ConnectionSurroundings,
): Promise<CredentialSource> {
  checkUser(target.user)
  if (target.server.protocol === 'http:') {
    if (hasCredentials(target)) surroundings.onWarning?.(unsent(target))
    return fixedCredential({})
  }
  // A password without a user name is none, as for client-go (`Config.HasBasicAuth`), but not in a URL.
  const own = target.user.username ? target.user : { ...target.user, username: undefined, password: undefined }
  const user = { ...own, ...urlUser(target.server) }
  const certificate = certificateReader(user, surroundings)
  const bearer = bearerReader(user, surroundings)

  const isPluginUsed = user.exec !== undefined && !certificate
  if (!bearer && (isPluginUsed || user.authProvider)) {
    const { clock } = surroundings
    const issue = isPluginUsed
      ? (await import('./exec-plugin.ts')).execPlugin(user.exec!, target, surroundings)
      : (await import('./oidc.ts')).oidcRefresher(user, surroundings)
    return new IssuedCredentials(clock, async (signal) => {
      const issued = await issue(signal)
      const own = issued.credential.certificate ?? certificate?.(false)
      return { ...issued, credential: { ...issued.credential, ...(own && { certificate: own }) } }
    })
  }

  const read = (again: boolean): Credential => {
    const own = certificate?.(again)
    const authorization = bearer?.(again)
    return { ...(own && { certificate: own }), ...(authorization && { authorization }) }
  }
  const isFromFiles = user.tokenFile || (user.clientCertificate && !user.clientCertificateData)
  return isFromFiles ? fileCredential(read) : fixedCredential(read(false))
}

/** The user and password of `https://user:password@host`, which Go's http.Client sends; nothing else then is. */
function urlUser({ username, password }: URL): Partial<UserEntry> {
  if (username === '' && password === '') return {}
  return {
    token: undefined,
    tokenFile: undefined,
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
  }
}

function hasCredentials({ user, server }: ConnectionTarget): boolean {
  return Boolean(
    (user.token ?? user.tokenFile ?? user.username ?? user.password ?? user.exec ?? user.authProvider) ||
      (user.clientCertificate ?? user.clientCertificateData) ||
      (server.username || server.password),
  )
}

function unsent({ server, user }: ConnectionTarget): string {
  if (server.username || server.password) {
    return `${server.origin} is not encrypted, so the credentials in its URL are not sent. kubectl sends them. Use https:// if the server supports it.`
  }
  const whose = user.name ? `the credentials of the user "${user.name}"` : 'your credentials'
  return `${server.origin} is not encrypted, so ${whose} are not sent, as with kubectl. Use https:// if the server supports it.`
}

/** The headers that ask to act as someone else; Kubernetes' authentication reference, "User impersonation". */
export function impersonationHeaders(user: UserEntry): OutgoingHttpHeaders {
  if (!user.as) return {}
  const extra = Object.entries(user.asUserExtra).map(
    ([key, values]) => [`Impersonate-Extra-${headerKey(key)}`, values.map(headerText)] as const,
  )
  return {
    'Impersonate-User': headerText(user.as),
    ...(user.asUid && { 'Impersonate-Uid': headerText(user.asUid) }),
    ...(user.asGroups.length > 0 && { 'Impersonate-Group': user.asGroups.map(headerText) }),
    ...(Object.fromEntries(extra) as OutgoingHttpHeaders),
  }
}

/** As client-go's `headerKeyEscape`: what no header's name may have is percent-encoded. */
function headerKey(key: string): string {
  return encodeURIComponent(key).replace(/[()]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
}

function checkUser(user: UserEntry): void {
  const wrong = (problem: Phrase, remedy?: Remedy): ClusterError =>
    new ClusterError(user.name ? phrase`The user "${user.name}" in ${user.file} can't be used: ${problem}.` : phrase`${problem}.`, {
      kind: 'config',
      remedy,
    })
  const isBasic = user.username !== undefined || user.password !== undefined
  if ((user.token ?? user.tokenFile) && isBasic) throw wrong(phrase`it has both a token and a user name or password`)
  if (user.exec && user.authProvider) throw wrong(phrase`it has both exec and auth-provider`)
  if (user.clientCertificate && user.clientCertificateData) throw bothGiven(user, 'client-certificate')
  if (user.clientKey && user.clientKeyData) throw bothGiven(user, 'client-key')
  if ((user.clientCertificateData ?? user.clientCertificate) && !(user.clientKeyData ?? user.clientKey)) {
    throw wrong(phrase`it has a client certificate without a key; client-key or client-key-data is missing`)
  }
  const isPartial = user.asGroups.length > 0 || user.asUid || Object.keys(user.asUserExtra).length > 0
  if (isPartial && !user.as) throw wrong(phrase`it impersonates groups, a UID or extra fields without a user`, { kind: 'impersonateUser' })
  const provider = user.authProvider?.name
  if (provider !== undefined && provider !== 'oidc') {
    throw wrong(phrase`its auth-provider "${provider}" is no longer supported, as in kubectl; use an exec plugin`)
  }
}

/** Reads the client certificate; the same object for as long as it is the same certificate. */
function certificateReader(
  user: UserEntry,
  { clock }: ConnectionSurroundings,
): ((again: boolean) => ClientCertificate | undefined) | undefined {
  const { clientCertificate, clientCertificateData, clientKey, clientKeyData } = user
  if (!clientCertificate && !clientCertificateData) return undefined
  const label = clientCertificateData ? phrase`client certificate of the user "${user.name}"` : phrase`client certificate ${clientCertificate!}`
  const certFile = clientCertificateData ? undefined : new CredentialFile(clientCertificate!, phrase`client certificate`, clock)
  const keyFile = clientKeyData ? undefined : new CredentialFile(clientKey!, phrase`client key`, clock)
  let last: ClientCertificate | undefined
  return (again) => {
    const cert = clientCertificateData ?? (again ? certFile!.reread() : certFile!.read())
    const key = clientKeyData ?? (again ? keyFile!.reread() : keyFile!.read())
    if (last?.cert !== cert || last.key !== key) last = { cert, key, label }
    return last
  }
}

/** Reads the Authorization header from a token or a password. */
function bearerReader(user: UserEntry, { clock }: ConnectionSurroundings): ((again: boolean) => string) | undefined {
  const { token, tokenFile, username, password } = user
  if (tokenFile) {
    const file = new CredentialFile(tokenFile, phrase`token file`, clock)
    return (again) => {
      try {
        const read = (again ? file.reread() : file.read()).toString('utf8').trim()
        if (read !== '') return `Bearer ${headerText(read)}`
      } catch (error) {
        if (!token) throw error
      }
      if (token) return `Bearer ${headerText(token)}`
      throw new ClusterError(phrase`The token file ${tokenFile} is empty. Put a token in it, or choose another user.`, {
        kind: 'config',
      })
    }
  }
  if (token) return () => `Bearer ${headerText(token)}`
  if (username === undefined && password === undefined) return undefined
  const basic = `Basic ${Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64')}`
  return () => basic
}
