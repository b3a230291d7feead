import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'

export interface User {
  readonly name: string
  readonly token: string
  readonly groups: readonly string[]
}

/** The user who may do everything. */
export const ADMIN = 'admin'

/** The administrator and the named users, by name, each with a random token. */
export function usersOf(names: readonly string[] = []): ReadonlyMap<string, User> {
  // RBAC grants the group system:masters everything, and a user without a group nothing until a role does.
  const users = [newUser(ADMIN, ['system:masters']), ...names.map((name) => newUser(name, []))]
  const byName = new Map(users.map((user) => [user.name, user]))
  if (byName.size !== users.length) throw new Error(`users must have different names, and none is ${ADMIN}`)
  return byName
}

const newUser = (name: string, groups: readonly string[]): User => ({
  name,
  groups,
  token: randomBytes(16).toString('hex'),
})

/** Writes kube-apiserver's static token file: token, user name, user id, groups. */
export function writeTokenFile(path: string, users: Iterable<User>): void {
  const line = ({ token, name, groups }: User): string => [token, name, name, groups.join(',')].map(quoted).join(',')
  writeFileSync(path, [...users].map((user) => line(user) + '\n').join(''), { mode: 0o600 })
}

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`

export function writeServiceAccountKey(path: string): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(path, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 })
}

export interface KubeconfigOptions {
  readonly url: string
  /** PEM. */
  readonly certificateAuthority: string
  readonly user: User
}

/** Writes a kubeconfig with everything in it, in JSON, which is YAML too. */
export function writeKubeconfig(path: string, { url, certificateAuthority, user }: KubeconfigOptions): void {
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': user.name,
    contexts: [{ name: user.name, context: { cluster: 'real', user: user.name, namespace: 'default' } }],
    clusters: [
      {
        name: 'real',
        cluster: {
          server: url,
          'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64'),
        },
      },
    ],
    users: [{ name: user.name, user: { token: user.token } }],
  }
  writeFileSync(path, JSON.stringify(kubeconfig, null, 2) + '\n', { mode: 0o600 })
}
