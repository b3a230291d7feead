import { load, loadAll } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { run } from '../../kubectl-plugin/program.ts'
import { LeaderElector, LeaseLock, connect, startSandbox, systemClock } from '../../shared/index.ts'
import { candidateRules } from '../../kubectl-plugin/generate/rbac.ts'
import { fakeSession } from '../support/fake-session.ts'

interface Result {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

async function generate(args: string): Promise<Result> {
  const { session, stdout, stderr } = fakeSession({ env: { HOME: '/nonexistent' } })
  const exitCode = await run(session, ['generate', ...args.split(' ')])
  return { exitCode, stdout: stdout(), stderr: stderr() }
}

const rules = async (args: string): Promise<unknown> => {
  const manifests = loadAll((await generate(`rbac ${args}`)).stdout) as { kind: string; rules?: unknown }[]
  return manifests.find(({ kind }) => kind === 'Role')!.rules
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number
  readonly containers: readonly { readonly name: string; readonly args?: readonly string[]; readonly env: readonly object[] }[]
  readonly initContainers?: readonly object[]
}
interface Deployment {
  readonly spec: { readonly template: { readonly spec: PodSpec }; readonly progressDeadlineSeconds?: number }
}
const deployment = async (args: string): Promise<Deployment> => load((await generate(`sidecar ${args}`)).stdout) as Deployment
const podSpec = async (args: string): Promise<PodSpec> => (await deployment(args)).spec.template.spec

const create = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] }
const named = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: ['web'] }
const events = { apiGroups: [''], resources: ['events'], verbs: ['create'] }

describe('the rules of generate rbac', () => {
  it.each([
    ['web', [create, { ...named, verbs: ['get', 'update', 'watch'] }, events]],
    ['web --no-watch', [create, { ...named, verbs: ['get', 'update'] }, events]],
    ['web --no-events', [create, { ...named, verbs: ['get', 'update', 'watch'] }]],
    ['web --no-watch --no-events', [create, { ...named, verbs: ['get', 'update'] }]],
  ])('%s', async (args, expected) => {
    expect(await rules(args)).toEqual(expected)
  })

  it.each([
    ['web --lock=configmap', 'configmaps'],
    ['cm/web', 'configmaps'],
    ['endpoints/web', 'endpoints'],
  ])('%s: for %s', async (args, plural) => {
    expect(await rules(args)).toMatchObject([
      { apiGroups: [''], resources: [plural], verbs: ['create'] },
      { apiGroups: [''], resources: [plural], resourceNames: ['web'] },
      events,
    ])
  })

  it('let an elector lead, renew and release without asking for more', async () => {
    const sandbox = await startSandbox()
    const granted = candidateRules({ name: 'web', lock: 'lease', mayWatch: true, mayRecordEvents: false })
    sandbox.addUser({ name: 'candidate', rules: granted.map((rule) => ({ ...rule, namespaces: ['default'] })) })
    const kubeConfig = { exportConfig: () => JSON.stringify(sandbox.kubeconfig({ user: 'candidate' })) }
    const client = await connect({ kubeConfig }, { env: {}, clock: systemClock, version: 'test' })
    try {
      const lock = new LeaseLock(client, { namespace: 'default', name: 'web' })
      const timings = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 100 }
      const renewals = (): number => sandbox.requests.list(({ verb, code }) => verb === 'update' && code === 200).length
      const onStartedLeading = (): Promise<void> => expect.poll(renewals).toBeGreaterThan(0)
      await new LeaderElector({ lock, identity: 'a', ...timings, onStartedLeading }).run(new AbortController().signal)
      const answers = sandbox.requests.list()
      expect(new Set(answers.map(({ verb }) => verb))).toEqual(new Set(['get', 'create', 'update', 'watch']))
      expect(answers.filter(({ code }) => code === 403)).toEqual([])
    } finally {
      client.close()
      await sandbox.close()
    }
  })
})

describe('generate rbac', () => {
  const kinds = async (args: string): Promise<string[]> =>
    (loadAll((await generate(`rbac ${args}`)).stdout) as { kind: string }[]).map(({ kind }) => kind)

  it('makes a service account of the name of the election', async () => {
    expect(await kinds('web')).toEqual(['ServiceAccount', 'Role', 'RoleBinding'])
  })

  it('makes none where one is named', async () => {
    expect(await kinds('web --service-account=there')).toEqual(['Role', 'RoleBinding'])
  })

  it('binds the service account in its namespace', async () => {
    const { stdout } = await generate('rbac web -n shop --service-account=there -o json')
    const { items } = JSON.parse(stdout) as { items: unknown[] }
    expect(items[1]).toMatchObject({
      metadata: { name: 'web-candidate', namespace: 'shop' },
      roleRef: { kind: 'Role', name: 'web-candidate' },
      subjects: [{ kind: 'ServiceAccount', name: 'there', namespace: 'shop' }],
    })
  })
})

describe('generate sidecar --mode=label', () => {
  interface Printed {
    readonly kind: string
    readonly metadata: { readonly name: string }
    readonly spec: { readonly selector: Record<string, string>; readonly strategy?: object }
    readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[]
    readonly subjects: readonly { readonly name: string }[]
  }
  const printed = async (args: string): Promise<readonly Printed[]> =>
    (JSON.parse((await generate(`sidecar web --mode=label --label=example.com/leader -o json ${args}`.trim())).stdout) as { items: Printed[] }).items
  /** The accounts that may patch Pods. */
  const patchers = (items: readonly Printed[]): readonly string[] => {
    const roles = items.filter(({ kind, rules }) => kind === 'Role' && rules.some(({ resources, verbs }) => resources.includes('pods') && verbs.includes('patch')))
    return items.filter(({ kind, metadata }) => kind === 'RoleBinding' && roles.some((role) => role.metadata.name === metadata.name)).flatMap(({ subjects }) => subjects.map(({ name }) => name))
  }

  it('prints a Service of the labeled Pod, and a Deployment with the default strategy', async () => {
    const items = await printed('')
    expect(items.find(({ kind }) => kind === 'Service')!.spec.selector).toEqual({ 'app.kubernetes.io/name': 'web', 'example.com/leader': 'true' })
    expect(items.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'web')!.spec.strategy).toBeUndefined()
  })

  it.each([
    ['the labeler', '', ['web-labeler']],
    ['the program, if its sidecar labels', '--labeled-by=sidecar', ['web']],
  ])('lets only one account patch Pods: that of %s', async (_, args, accounts) => {
    expect(patchers(await printed(args))).toEqual(accounts)
  })

  it('prints each object once', async () => {
    for (const args of ['', '--labeled-by=sidecar']) {
      const names = (await printed(args)).map(({ kind, metadata }) => `${kind} ${metadata.name}`)
      expect(new Set(names).size).toBe(names.length)
    }
  })
})

describe('generate sidecar', () => {
  it.each([
    ['web', '--ready-port=4041'],
    ['web --mode=readiness', '--ready-port=4041'],
    ['web --mode=http', '--http=127.0.0.1:4040'],
  ])('%s: the candidate is told %s', async (args, flag) => {
    const { containers } = await podSpec(args)
    expect(containers.find(({ name }) => name === 'leader')!.args).toContain(flag)
  })

  it('tells the program in mode http where to ask, and who it is', async () => {
    const { containers } = await podSpec('web --mode=http')
    expect(containers[0]!.env).toMatchObject([{ name: 'LEADER_URL', value: 'http://127.0.0.1:4040/' }, { name: 'POD_NAME' }])
  })

  it('ends the Pod before the lease, which is not released beside a program that may still run', async () => {
    const { containers, terminationGracePeriodSeconds } = await podSpec('web')
    const { args } = containers.find(({ name }) => name === 'leader')!
    expect(args).toEqual(expect.arrayContaining(['--no-release', '--lease-duration=15s']))
    // The last renewal may be a retry period old.
    expect(terminationGracePeriodSeconds).toBeLessThan(15 - 2)
  })

  it('with --native releases it, after the program', async () => {
    const { containers, initContainers } = await podSpec('web --native')
    expect(containers.map(({ name }) => name)).toEqual(['app'])
    expect(initContainers).toMatchObject([{ name: 'leader', restartPolicy: 'Always' }])
    expect(JSON.stringify(initContainers)).not.toContain('--no-release')
  })

  it('keeps a rollout from waiting for Pods that are not to be Ready', async () => {
    expect(await deployment('web')).toMatchObject({
      spec: { strategy: { rollingUpdate: { maxUnavailable: '100%' } }, progressDeadlineSeconds: 2_147_483_647 },
    })
    expect(await deployment('web --mode=http')).not.toHaveProperty('spec.strategy')
  })
})

describe('generate refuses', () => {
  it.each([
    ['rbac Web', /"Web" is not a valid election name/],
    ['rbac cm/web --lock=lease', /"cm\/web" does not match --lock=lease/],
    ['rbac web --lock=redis', /Allowed choices are lease, configmap, endpoints/],
    ['rbac redis://h/0?key=x', /This command does not support Redis/],
    ['rbac web --context=nope', /The context "nope" does not exist/],
    ['sidecar web --replicas=0', /"0" is not a valid number of Pods/],
    ['sidecar web --mode=magic', /Allowed choices are readiness, http, label/],
    ['sidecar web --mode=label', /--mode=label needs --label/],
    ['sidecar web --label=a', /--label needs --mode=label/],
    ['sidecar web --mode=label --label=app.kubernetes.io/name', /is in the selector of the Deployment/],
    ['sidecar web --mode=label --label=a/b/c', /is not a valid label/],
    [`sidecar ${'w'.repeat(64)}`, /too long for a Pod label/],
  ])('%s', async (args, message) => {
    const { exitCode, stdout, stderr } = await generate(args)
    expect(stderr).toMatch(message)
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
  })
})

describe('generate labeler', () => {
  const kinds = async (args: string): Promise<string[]> => (loadAll((await generate(`labeler ${args}`)).stdout) as { kind: string }[]).map(({ kind }) => kind)
  const always = ['ServiceAccount', 'Role', 'RoleBinding', 'Deployment']

  it('prints the policy first, so that the account is never without it', async () => {
    expect(await kinds('web --label=example.com/leader')).toEqual(['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', ...always])
    expect(await kinds('web --label=example.com/leader --no-policy')).toEqual(always)
  })

  it.each([
    ['web', "required option '--label <key[=value]>' not specified"],
    ['web --label=a/b/c', '"a/b/c" is not a valid label.'],
    ['web --label=Example.com/a', '"Example.com/a" is not a valid label.'],
    ['web --label=a=b=c', '"a=b=c" is not a valid label.'],
    ['web --label=a=b!', '"a=b!" is not a valid label.'],
    [`web --label=${'a'.repeat(64)}`, 'is not a valid label.'],
    [`${'a'.repeat(60)} --label=a`, 'is too long for a Pod label.'],
  ])('refuses %s', async (args, message) => {
    const { exitCode, stdout, stderr } = await generate(`labeler ${args}`)
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringContaining(message) })
  })
})
