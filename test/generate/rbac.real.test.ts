import { afterAll, describe, expect, it } from 'vitest'
import { runBuilt, startBuilt, type Running } from '../support/built-cli.ts'
import { startRealCluster } from '../support/real-cluster.ts'
import { AuditLog } from './audit.ts'

/** What is taken from the Role of the trial in this namespace, and how it comes out. */
const WITHOUT = {
  'without-create': ['create', 'leases', 'ends'],
  'without-get': ['get', 'leases', 'ends'],
  'without-update': ['update', 'leases', 'ends'],
  'without-watch': ['watch', 'leases', 'goes on'],
  'without-events': ['create', 'events', 'goes on'],
} as const
const WHOLE = [
  ['lease', 'leases'],
  ['configmap', 'configmaps'],
  ['endpoints', 'endpoints'],
] as const
/** The name of the election, and of the service account. */
const NAME = 'trial'
const PATIENCE = { timeout: 60_000, interval: 100 }

const userIn = (namespace: string): string => `system:serviceaccount:${namespace}:${NAME}`
const namespaces = [...Object.keys(WITHOUT), ...WHOLE.map(([lock]) => lock), 'polling', 'elsewhere']
const audit = new AuditLog()
const cluster = await startRealCluster({ users: namespaces.map(userIn), apiServerFlags: audit.flags })
afterAll(async () => {
  await cluster.close()
  audit[Symbol.dispose]()
})

interface Rule {
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}
interface Manifests {
  readonly items: { kind: string; rules?: Rule[] }[]
}

/** Applies what `generate rbac` prints, with the rules changed; resolves when the API server goes by it. */
async function grant(namespace: string, flags: readonly string[], change: (rule: Rule) => Rule = (rule) => rule): Promise<void> {
  await cluster.kubectl(['create', 'namespace', namespace])
  const { stdout } = await runBuilt(['generate', 'rbac', NAME, '-n', namespace, '-o', 'json', ...flags])
  const manifests = JSON.parse(stdout) as Manifests
  const role = manifests.items.find(({ kind }) => kind === 'Role')!
  role.rules = role.rules!.map(change).filter(({ verbs }) => verbs.length > 0)
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(manifests) })
  for (const { verbs, resources, resourceNames } of role.rules) {
    for (const verb of verbs) {
      const what = resourceNames ? `${resources[0]!}/${resourceNames[0]!}` : resources[0]!
      const mayI = (): Promise<string> =>
        cluster.kubectl(['auth', 'can-i', verb, what, '-n', namespace], { user: userIn(namespace) }).catch(String)
      await expect.poll(mayI, PATIENCE).toMatch(/^yes/)
    }
  }
}

/** `join`, as the service account, with work that lasts for a renewal. */
function join(namespace: string, lock = 'lease'): Running {
  const command = ['--', 'sleep', '3']
  const env = { KUBECONFIG: cluster.kubeconfigFor(userIn(namespace)) }
  return startBuilt(['join', `${lock}/${NAME}`, '-n', namespace, '--once', '-o', 'json', ...command], env)
}

describe('with what "generate rbac" prints', () => {
  it.each(WHOLE)('a candidate for a %s asks for all of it, and for nothing else', async (lock, resource) => {
    await grant(lock, ['--lock', lock])
    const { code, stdout } = await join(lock, lock).finished
    expect(stdout).toContain('"released"')
    expect(code).toBe(0)
    expect(audit.requests(userIn(lock), 'forbidden')).toEqual([])
    const needed = [`create ${resource}`, `get ${resource}`, `update ${resource}`, `watch ${resource}`, 'create events']
    expect(audit.requests(userIn(lock), 'allowed')).toEqual(expect.arrayContaining(needed))
  })

  it('and --no-watch and --no-events a candidate still leads', async () => {
    await grant('polling', ['--no-watch', '--no-events'])
    const { code, stdout } = await join('polling').finished
    expect(stdout).toContain('"released"')
    expect(code).toBe(0)
    expect(audit.requests(userIn('polling'), 'forbidden')).toEqual(['create events', 'watch leases'])
  })

  it('no other election of the namespace can be read or written', async () => {
    await grant('elsewhere', [])
    await cluster.kubectl(['create', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'other', namespace: 'elsewhere' }, spec: {} }),
    })
    const asUser = { user: userIn('elsewhere') }
    for (const verb of ['get', 'annotate'] as const) {
      const more = verb === 'annotate' ? ['a=b'] : []
      const attempt = cluster.kubectl([verb, 'lease', 'other', '-n', 'elsewhere', ...more], asUser)
      await expect(attempt).rejects.toThrow(/forbidden/i)
    }
    await expect(cluster.kubectl(['get', 'leases', '-n', 'elsewhere'], asUser)).rejects.toThrow(/forbidden/i)
  })
})

describe('without', () => {
  it.each(Object.entries(WITHOUT))('(%s) a candidate lacks something, and says what where it cannot do without', async (namespace, [verb, resource, outcome]) => {
    const lesser = (rule: Rule): Rule =>
      rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((each) => each !== verb) } : rule
    await grant(namespace, [], lesser)
    const { code, stdout, stderr } = await join(namespace).finished
    if (outcome === 'ends') {
      expect(stdout + stderr).toMatch(new RegExp(`\\b${verb} ${resource}`))
      expect(code).toBe(125)
    } else {
      expect(stdout).toContain('"released"')
      expect(audit.requests(userIn(namespace), 'forbidden')).toEqual([`${verb} ${resource}`])
    }
  })
})
