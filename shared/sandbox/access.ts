import { randomBytes } from 'node:crypto'
import type { RequestInfo } from './request-info.ts'
import { ApiError, forbidden, unauthorized } from './status.ts'

/** What a user may do: an RBAC rule, with the namespaces in which it holds. */
export interface AccessRule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  /** `leases`, `pods/log`, `*`. */
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  /** Where it holds, as a RoleBinding in each; everywhere and at the cluster scope when left out. */
  readonly namespaces?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

/** Someone who may send requests. */
export interface SandboxUser {
  readonly name: string
  readonly groups?: readonly string[]
  readonly rules?: readonly AccessRule[]
  /** Made up where left out. */
  readonly token?: string
}

/** Who sent a request, after impersonation. */
export interface Identity {
  readonly name: string
  readonly groups: readonly string[]
  readonly uid: string
}

/** The attributes that a decision is made on. */
export interface AccessQuery {
  readonly verb: string
  readonly group: string
  /** With its subresource: `pods/log`. */
  readonly resource: string
  readonly namespace: string
  readonly name: string
}

const ADMINS = 'system:masters'
const AUTHENTICATED = 'system:authenticated'

/** The headers of a request, each with all its values. */
export type Headers = Readonly<Record<string, readonly string[] | undefined>>

const DISCOVERY = ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*']
/** What anyone may read (the ClusterRole `system:public-info-viewer`). */
const PUBLIC = ['/healthz', '/livez', '/readyz', '/version', '/version/']
/** What everyone may do who has a token (the ClusterRoles `system:basic-user` and `system:discovery`). */
const BASIC_RULES: readonly AccessRule[] = [
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  },
  { verbs: ['get'], nonResourceURLs: [...DISCOVERY, ...PUBLIC] },
]

/** Users, their tokens and what they may do. */
export class Access {
  readonly #identities = new Map<string, Identity>()
  readonly #tokens = new Map<string, string>()
  readonly #rules = new Map<string, AccessRule[]>()

  /** Adds a user, or changes the rules of one; returns the token. */
  addUser(user: SandboxUser): string {
    const token = user.token ?? this.#tokens.get(user.name) ?? randomBytes(16).toString('hex')
    const groups = [...new Set([...(user.groups ?? []), AUTHENTICATED])]
    this.revoke(user.name)
    this.#identities.set(token, { name: user.name, groups, uid: '' })
    this.#tokens.set(user.name, token)
    this.#rules.set(user.name, [...(user.rules ?? [])])
    return token
  }

  /** Adds the one who may do everything. */
  addAdmin(name: string, token: string): void {
    this.addUser({ name, groups: [ADMINS], token })
  }

  /** Makes a user's token invalid, like an expired one; `addUser` issues a new one. */
  revoke(name: string): void {
    const token = this.#tokens.get(name)
    if (token !== undefined) this.#identities.delete(token)
    this.#tokens.delete(name)
  }

  tokenOf(name: string): string | undefined {
    return this.#tokens.get(name)
  }

  /**
   * Takes a token from the front of a URL, `/TOKEN/api/v1/…`. kubectl and everything else on client-go send no
   * credentials of a kubeconfig over plain HTTP (clientcmd's `ClientConfig`), but keep the path of the server.
   */
  splitUrl(url: string): { url: string; token: string | undefined } {
    const token = /^\/([^/?]+)/.exec(url)?.[1]
    if (token === undefined || !this.#identities.has(token)) return { url, token: undefined }
    const rest = url.slice(token.length + 1)
    return { url: rest.startsWith('/') ? rest : `/${rest}`, token }
  }

  /**
   * Who sends this request: the bearer of the token in the headers, or else of the one in the URL. Throws 401, or 403
   * where an impersonation is not allowed.
   */
  identify(headers: Headers, urlToken: string | undefined, info: RequestInfo): Identity {
    const token = /^Bearer\s+(\S+)$/i.exec(headers['authorization']?.[0] ?? '')?.[1] ?? urlToken
    const identity = token === undefined ? undefined : this.#identities.get(token)
    if (identity) return this.#impersonated(identity, headers)
    // No token at all is let through to what is public, as the anonymous user of a real server is.
    if (token === undefined && !info.target && PUBLIC.includes(info.path)) {
      return { name: 'system:anonymous', groups: ['system:unauthenticated'], uid: '' }
    }
    throw unauthorized()
  }

  /** Throws 403, worded as the API server does, where the request is not allowed. */
  authorize(identity: Identity, info: RequestInfo): void {
    const { target, verb, path } = info
    if (!target) {
      if (this.#mayRead(identity, verb, path)) return
      throw new ApiError(403, 'Forbidden', `forbidden: User "${identity.name}" cannot ${verb} path "${path}"`, {})
    }
    const { group, plural, subresource, namespace, authorizedName: name } = target
    const resource = subresource ? `${plural}/${subresource}` : plural
    const query: AccessQuery = { verb, group, resource, namespace, name }
    if (!this.allows(identity, query)) throw refused(identity, query)
  }

  allows(identity: Identity, query: AccessQuery): boolean {
    if (identity.groups.includes(ADMINS)) return true
    return this.rulesOf(identity).some((rule) => ruleAllows(rule, query))
  }

  rulesOf(identity: Identity): readonly AccessRule[] {
    if (identity.groups.includes(ADMINS)) {
      return [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
      ]
    }
    return [...(this.#rules.get(identity.name) ?? []), ...(identity.groups.includes(AUTHENTICATED) ? BASIC_RULES : [])]
  }

  #mayRead(identity: Identity, verb: string, path: string): boolean {
    if (identity.groups.includes(ADMINS)) return true
    const own = this.rulesOf(identity).filter((rule) => includes(rule.verbs, verb))
    const urls = own.flatMap((rule) => rule.nonResourceURLs ?? [])
    if (verb === 'get') urls.push(...PUBLIC)
    return urls.some((url) => (url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : path === url))
  }

  /** apiserver's `WithImpersonation`. */
  #impersonated(identity: Identity, headers: Headers): Identity {
    const user = headers['impersonate-user']?.[0] ?? ''
    const groups = headers['impersonate-group'] ?? []
    const uid = headers['impersonate-uid']?.[0] ?? ''
    if (!user) {
      if (groups.length === 0 && !uid) return identity
      throw new ApiError(500, 'InternalError', 'Internal error occurred: groups or a UID, but no user, to impersonate')
    }
    const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user)
    this.#mayImpersonate(
      identity,
      account
        ? { group: '', resource: 'serviceaccounts', namespace: account[1]!, name: account[2]! }
        : { group: '', resource: 'users', namespace: '', name: user },
    )
    for (const name of groups) this.#mayImpersonate(identity, { group: '', resource: 'groups', namespace: '', name })
    if (uid) {
      this.#mayImpersonate(identity, { group: 'authentication.k8s.io', resource: 'uids', namespace: '', name: uid })
    }
    const implied =
      account && groups.length === 0 ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : []
    return { name: user, groups: [...new Set([...groups, ...implied, AUTHENTICATED])], uid }
  }

  #mayImpersonate(identity: Identity, subject: Omit<AccessQuery, 'verb'>): void {
    const query = { verb: 'impersonate', ...subject }
    if (!this.allows(identity, query)) throw refused(identity, query)
  }
}

function refused(identity: Identity, query: AccessQuery): ApiError {
  const { verb, group, resource, namespace, name } = query
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope'
  const why = `User "${identity.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`
  return forbidden({ group, plural: resource.split('/')[0]!, kind: '' }, name, why)
}

function ruleAllows(rule: AccessRule, query: AccessQuery): boolean {
  return (
    includes(rule.verbs, query.verb) &&
    includes(rule.apiGroups, query.group) &&
    (includes(rule.resources, query.resource) ||
      (rule.resources ?? []).includes(`*/${query.resource.split('/')[1]}`)) &&
    (!rule.resourceNames || rule.resourceNames.includes(query.name)) &&
    (!rule.namespaces || rule.namespaces.includes(query.namespace))
  )
}

function includes(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes(value) || list.includes('*'))
}
