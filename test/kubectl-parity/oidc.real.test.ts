import type { IncomingMessage, RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { base64Fixture, failure, fixture, json } from '../cluster/local-server.ts'
import type { ParityCase } from './parity-case.ts'
import { paritySuite } from './suite.ts'
import { noLeases, type World } from './world.ts'

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const idToken = (claims: object): string => `${base64url({ alg: 'RS256' })}.${base64url({ sub: 'me', aud: 'k', ...claims })}.c2ln`
const EXPIRED = idToken({ exp: 1 })
const LASTING = idToken({ exp: 4_000_000_000 })
const RENEWED = idToken({ exp: 4_000_000_000, renewed: true })

const oidc =
  (more: object = {}) =>
  ({ elsewhere }: World): object => ({
    'auth-provider': {
      name: 'oidc',
      config: {
        'idp-issuer-url': elsewhere,
        'client-id': 'k',
        'client-secret': 's',
        'id-token': EXPIRED,
        'refresh-token': 'refresh-1',
        'idp-certificate-authority-data': base64Fixture('authority.pem'),
        ...more,
      },
    },
  })

/** A kubeconfig in YAML: `config` is the auth-provider's, over the issuer's mapping `&issuer`. */
const yamlConfig =
  (config: string) =>
  ({ api, elsewhere }: World): string => `current-context: here
contexts: [{name: here, context: {cluster: there, user: jane}}]
clusters: [{name: there, cluster: {server: "${api}", certificate-authority-data: ${base64Fixture('authority.pem')}}}]
issuer: &issuer {idp-issuer-url: "${elsewhere}", client-id: k, idp-certificate-authority-data: ${base64Fixture('authority.pem')}, client-secret: s}
login: &login {id-token: ${EXPIRED}, refresh-token: refresh-1}
users:
- name: jane
  user:
    auth-provider:
      name: oidc
      config:
        ${config.replaceAll('\n', '\n        ')}
`

/** An issuer that takes a refresh token once, and gives these tokens for it. */
const issuing =
  (tokens: object = { id_token: RENEWED, refresh_token: 'refresh-2' }, { methods, isPostAlone = false, isTrimmed = false }: { methods?: readonly string[]; isPostAlone?: boolean; isTrimmed?: boolean } = {}) =>
  ({ elsewhere }: World): RequestListener => {
    let valid: string | null = 'refresh-1'
    return (request, response) => {
      if (request.url?.endsWith('/.well-known/openid-configuration')) {
        const endpoints = { authorization_endpoint: `${elsewhere}/auth`, token_endpoint: `${elsewhere}/token`, jwks_uri: `${elsewhere}/keys` }
        json({ issuer: elsewhere, ...endpoints, token_endpoint_auth_methods_supported: methods })(request, response)
        return
      }
      void text(request).then((form) => {
        if (isPostAlone && request.headers.authorization) return json({ error: 'invalid_client' }, 401)(request, response)
        const given = new URLSearchParams(form).get('refresh_token') ?? ''
        const isValid = (isTrimmed ? given.trim() : given) === valid
        valid = null
        const answer = isValid ? json({ access_token: 'x', token_type: 'bearer', expires_in: 300, ...tokens }) : json({ error: 'invalid_grant' }, 400)
        answer(request, response)
      })
    }
  }

/** An issuer that answers some requests in another way. */
const answering =
  (answerTo: (request: IncomingMessage, world: World) => RequestListener | undefined) =>
  (world: World): RequestListener => {
    const issuer = issuing()(world)
    return (request, response) => (answerTo(request, world) ?? issuer)(request, response)
  }

const redirect =
  (to: string, status: number): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { Location: to }).end()

const redirectingDiscovery = (status: number) => answering(({ url }) => (url?.startsWith('/.well-known') ? redirect(`/moved${url}`, status) : undefined))
const redirectingTokens = (status: number, to: (world: World) => string = () => '/moved') =>
  answering(({ url }, world) => (url === '/token' ? redirect(to(world), status) : undefined))

/** An issuer that answers the client secret in the header with this code, and the form with tokens. */
const failingAtHeader = (status: number) => answering(({ headers }) => (headers.authorization ? json({ error: 'x' }, status) : undefined))

/** An issuer whose tokens come with this code and these headers. */
const givingTokens = (body: string | Buffer, headers: Readonly<Record<string, string>>, status = 200) =>
  answering(({ url }) => (url === '/token' ? (_request, response) => void response.writeHead(status, headers).end(body) : undefined))
const TOKENS = { access_token: 'x', id_token: RENEWED, refresh_token: 'refresh-2' }
const AS_JSON = { 'Content-Type': 'application/json' }

const CASES: readonly ParityCase[] = [
  { name: 'an ID token that lasts', user: oidc({ 'id-token': LASTING }), elsewhere: issuing(), outcome: 'answered' },
  { name: 'an ID token that has run out', user: oidc(), elsewhere: issuing(), outcome: 'answered' },
  { name: 'no ID token', user: oidc({ 'id-token': undefined }), elsewhere: issuing(), outcome: 'answered' },
  { name: 'the refresh token stays', user: oidc(), elsewhere: issuing({ id_token: RENEWED }), outcome: 'answered' },
  { name: 'the refresh token stays where an empty one is given', user: oidc(), elsewhere: issuing({ id_token: RENEWED, refresh_token: '' }), outcome: 'answered' },
  { name: 'the authority of the issuer in a file', user: oidc({ 'idp-certificate-authority-data': undefined, 'idp-certificate-authority': fixture('authority.pem') }), elsewhere: issuing(), outcome: 'answered' },
  { name: 'no client secret', user: oidc({ 'client-secret': undefined }), elsewhere: issuing(), outcome: 'answered' },
  { name: 'a client secret in the form alone', user: oidc(), elsewhere: issuing(undefined, { isPostAlone: true }), outcome: 'answered' },
  { name: 'a client secret in the form alone, where that is said', user: oidc(), elsewhere: issuing(undefined, { isPostAlone: true, methods: ['client_secret_post'] }), outcome: 'answered' },
  { name: 'an issuer that is not trusted', user: oidc({ 'idp-certificate-authority-data': base64Fixture('other-authority.pem') }), elsewhere: issuing(), outcome: 'server certificate' },
  { name: 'no refresh token', user: oidc({ 'refresh-token': undefined }), elsewhere: issuing(), outcome: 'no credentials' },
  { name: 'a refresh token that is not taken', user: oidc({ 'refresh-token': 'used' }), elsewhere: issuing(), outcome: 'no credentials' },
  { name: 'an issuer that gives no ID token', user: oidc(), elsewhere: issuing({}), outcome: 'no credentials' },
  { name: 'an issuer that fails', user: oidc(), elsewhere: () => failure(500, 'InternalError', 'down'), outcome: 'no credentials' },
  { name: 'an issuer that answers with a list', user: oidc(), elsewhere: () => noLeases, outcome: 'no credentials' },
  { name: 'tokens that a merge key brings', config: yamlConfig('<<: [*issuer, *login]\nextra: x'), elsewhere: issuing(), outcome: 'answered' },
  { name: 'tokens that a merge key brings last', config: yamlConfig('<<: *issuer\n<<: *login # mine'), elsewhere: issuing(), outcome: 'answered' },
  { name: 'tokens that a merge key brings in a flow mapping', config: yamlConfig('{<<: *issuer, <<: *login}'), elsewhere: issuing(), outcome: 'answered' },
  { name: 'tokens before a merge key', config: yamlConfig(`id-token: ${EXPIRED}\nrefresh-token: refresh-1\n<<: *issuer`), elsewhere: issuing(), outcome: 'answered' },
  { name: 'tokens after a merge key', config: yamlConfig(`<<: *issuer\n<<: *login\nid-token: ${EXPIRED}\nrefresh-token: refresh-1`), elsewhere: issuing(), outcome: 'answered' },
  { name: 'tokens in block scalars', config: yamlConfig(`<<: *issuer\nid-token: |-\n  ${EXPIRED}\nrefresh-token: | # mine\n  refresh-1\n`), elsewhere: issuing(undefined, { isTrimmed: true }), outcome: 'answered' },
  ...[301, 302, 303, 307, 308].flatMap((status): ParityCase[] => [
    { name: `a discovery document redirected by ${status}`, user: oidc(), elsewhere: redirectingDiscovery(status), outcome: 'answered' },
    { name: `a token endpoint redirected by ${status}`, user: oidc(), elsewhere: redirectingTokens(status), outcome: status > 303 ? 'answered' : 'no credentials' },
  ]),
  { name: 'a redirect without end', user: oidc(), elsewhere: redirectingTokens(307, () => '/token'), outcome: 'no credentials' },
  { name: 'a redirect to nowhere', user: oidc(), elsewhere: redirectingTokens(307, () => ''), outcome: 'no credentials' },
  { name: 'a redirect to another protocol', user: oidc(), elsewhere: redirectingTokens(307, () => 'ftp://127.0.0.1/'), outcome: 'no credentials' },
  { name: 'a token endpoint redirected to another host', user: oidc(), elsewhere: redirectingTokens(307, ({ elsewhere }) => `${elsewhere.replace('127.0.0.1', 'localhost')}/moved`), outcome: 'answered' },
  { name: 'a discovery document redirected to plain HTTP', user: oidc(), elsewhere: answering((_request, { proxy }) => redirect(`${proxy}/moved`, 302)), outcome: 'no credentials' },
  ...[429, 500, 503].map((status): ParityCase => ({ name: `${status} to a client secret in the header`, user: oidc(), elsewhere: failingAtHeader(status), outcome: 'answered' })),
  { name: 'a discovery document with code 201', user: oidc(), elsewhere: answering(({ method }) => (method === 'GET' ? json({}, 201) : undefined)), outcome: 'no credentials' },
  { name: 'no discovery document', user: oidc(), elsewhere: answering(({ method }) => (method === 'GET' ? json({}, 404) : undefined)), outcome: 'no credentials' },
  { name: 'tokens with code 201', user: oidc(), elsewhere: givingTokens(JSON.stringify(TOKENS), AS_JSON, 201), outcome: 'answered' },
  { name: 'tokens as a form', user: oidc(), elsewhere: givingTokens(new URLSearchParams(TOKENS).toString(), { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' }), outcome: 'answered' },
  { name: 'tokens as plain text', user: oidc(), elsewhere: givingTokens(new URLSearchParams(TOKENS).toString(), { 'Content-Type': 'text/plain' }), outcome: 'answered' },
  { name: 'packed tokens', user: oidc(), elsewhere: givingTokens(gzipSync(JSON.stringify(TOKENS)), { ...AS_JSON, 'Content-Encoding': 'gzip' }), outcome: 'answered' },
  { name: 'an ID token whose end is a string', user: oidc({ 'id-token': idToken({ exp: '4000000000' }) }), elsewhere: issuing(), outcome: 'answered' },
  { name: 'an ID token whose end is a fraction', user: oidc({ 'id-token': idToken({ exp: '4e9' }) }), elsewhere: issuing(), outcome: 'answered' },
  { name: 'no issuer', user: oidc({ 'idp-issuer-url': undefined }), outcome: 'refused' },
  { name: 'no client', user: oidc({ 'client-id': undefined }), outcome: 'refused' },
  { name: '--token', user: oidc(), elsewhere: issuing(), args: ['--token', 'typed'], outcome: 'answered' },
  { name: 'a token beside it', user: (world) => ({ ...oidc()(world), token: 'abc' }), elsewhere: issuing(), outcome: 'answered' },
  { name: 'impersonation beside it', user: (world) => ({ ...oidc({ 'id-token': LASTING })(world), as: 'joe' }), elsewhere: issuing(), outcome: 'answered' },
  { name: 'a lasting ID token that is not accepted', user: oidc({ 'id-token': LASTING }), elsewhere: issuing(), answer: () => failure(401, 'Unauthorized', 'Unauthorized'), outcome: 'unauthorized' },
  { name: 'another auth-provider', user: { 'auth-provider': { name: 'gcp', config: {} } }, outcome: 'refused' },
  { name: 'over plain HTTP', user: oidc(), elsewhere: issuing(), tls: null, outcome: 'answered' },
]

paritySuite('oidc', CASES)
