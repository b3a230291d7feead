import { afterAll, describe, expect, it } from 'vitest'
import { EXPORTER_RULES } from '../../kubectl-plugin/generate/monitoring/exporter.ts'
import { LABEL_RULES, labelerRules } from '../../kubectl-plugin/generate/labeler.ts'
import { candidateRules, type PolicyRule } from '../../kubectl-plugin/generate/rbac.ts'
import { startBuilt } from '../support/built-cli.ts'
import { startRealCluster } from '../support/real-cluster.ts'
import { freePorts } from '../support/real/ports.ts'

/** The labeler, a candidate that labels its own Pod, and the exporter, each without one verb of its Role: they say what they lack, or do their work later. */
interface Lesser {
  readonly title: string
  readonly namespace: string
  readonly rules: readonly PolicyRule[]
  readonly verb: string
  readonly resource: string
}

/** @param kept rules that stay as they are */
function without(prefix: string, rules: readonly PolicyRule[], kept: readonly PolicyRule[] = []): Lesser[] {
  return rules.flatMap((rule, ruleIndex) =>
    rule.resources.flatMap((resource) =>
      rule.verbs.map((verb): Lesser => {
        const rest = rules.flatMap((each, index) =>
          index !== ruleIndex
            ? [each]
            : each.resources.map((one) => ({ ...each, resources: [one], verbs: one === resource ? each.verbs.filter((other) => other !== verb) : each.verbs })),
        )
        const of = rule.resourceNames ? ` of ${rule.resourceNames.join()}` : ''
        return { title: `${verb} ${resource}${of}`, namespace: `${prefix}-${ruleIndex}-${resource}-${verb}`, rules: [...kept, ...rest.filter(({ verbs }) => verbs.length > 0)], verb, resource }
      }),
    ),
  )
}

const LABELER = without('labeler', labelerRules({ name: 'web', lock: 'lease' }))
const CANDIDATE = without('candidate', LABEL_RULES, candidateRules({ name: 'own', lock: 'lease', mayWatch: true, mayRecordEvents: true }))
const EXPORTER = without('exporter', EXPORTER_RULES)
/** Without these, the labeler polls, which it is not allowed to either. */
const POLLS = new Set(['list leases of web', 'watch leases of web'])
const cluster = await startRealCluster({ users: [...LABELER, ...CANDIDATE, ...EXPORTER].map(({ namespace }) => namespace) })
afterAll(() => cluster.close())

/** A namespace with Pods of each controller, an election, and a user with these rules. */
async function prepare({ namespace, rules }: Lesser, kind: 'Role' | 'ClusterRole'): Promise<() => Promise<string>> {
  const controllers = ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job']
  const pods = controllers.map((controller, index) => {
    const owner = { apiVersion: controller === 'Job' ? 'batch/v1' : 'apps/v1', kind: controller, name: 'gone', uid: `00000000-0000-4000-8000-00000000000${index}`, controller: true }
    const metadata = { name: `web-${index}`, namespace, labels: { app: 'web' }, ownerReferences: [owner] }
    return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'a', image: 'a' }], automountServiceAccountToken: false } }
  })
  const group = 'rbac.authorization.k8s.io'
  const role = { apiVersion: `${group}/v1`, kind, metadata: { name: namespace, namespace }, rules }
  const binding = { apiVersion: `${group}/v1`, kind: `${kind}Binding`, metadata: { name: namespace, namespace }, roleRef: { apiGroup: group, kind, name: namespace }, subjects: [{ apiGroup: group, kind: 'User', name: namespace }] }
  await cluster.kubectl(['create', 'namespace', namespace])
  let count = 0
  const renew = (): Promise<string> => {
    const now = new Date().toISOString().replace('Z', '000Z')
    const spec = { holderIdentity: `web-${Math.floor(++count / 3) % 2}_a`, leaseDurationSeconds: 60, leaseTransitions: count, acquireTime: now, renewTime: now }
    return cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'web', namespace }, spec }) })
  }
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...pods, role, binding] }) })
  await renew()
  return renew
}

/** The tests run at the same time, which `expect.poll` does not allow. */
async function until(said: () => Promise<string>, expected: string): Promise<void> {
  const untilMs = Date.now() + 90_000
  for (let text = await said(); !text.includes(expected); text = await said()) {
    if (Date.now() > untilMs) expect(text).toContain(expected)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

describe.concurrent('the labeler notices that it lacks', () => {
  it.each(LABELER)('$title', async (lesser) => {
    const renew = await prepare(lesser, 'Role')
    const { title, namespace, verb, resource } = lesser
    const labeler = startBuilt(['label', 'web', '-n', namespace, '--label', 'example.com/leader'], { KUBECONFIG: cluster.kubeconfigFor(namespace) })
    const said = async (): Promise<string> => {
      await renew()
      return labeler.stdout() + labeler.stderr()
    }
    await until(said, `not allowed to ${POLLS.has(title) ? 'get' : verb} ${resource}`)
    labeler.kill('SIGTERM')
    await labeler.finished
  })
})

describe.concurrent('a candidate that labels its own Pod says that it lacks', () => {
  it.each(CANDIDATE)('$title', async (lesser) => {
    await prepare(lesser, 'Role')
    const { namespace, verb, resource } = lesser
    const own = ['--pod', 'web-0', '--label', 'example.com/leader', '-l', 'app=web']
    const candidate = startBuilt(['join', 'own', '-n', namespace, ...own, '--yes', '--max-hold=0'], { KUBECONFIG: cluster.kubeconfigFor(namespace) })
    await until(() => Promise.resolve(candidate.stdout() + candidate.stderr()), `not allowed to ${verb} ${resource}`)
    candidate.kill('SIGTERM')
    await candidate.finished
  })
})

describe.concurrent('the exporter says that it lacks', () => {
  it.each(EXPORTER)('$title', async (lesser) => {
    await prepare(lesser, 'ClusterRole')
    const { namespace, verb, resource } = lesser
    const [port] = (await freePorts(1)) as [number]
    const exporter = startBuilt(['export', '-A', '--http', String(port)], { KUBECONFIG: cluster.kubeconfigFor(namespace) })
    const said = async (): Promise<string> => {
      const metrics = await fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text(), String)
      return exporter.stdout() + exporter.stderr() + metrics
    }
    await until(said, `not allowed to ${verb} ${resource}`)
    exporter.kill('SIGTERM')
    await exporter.finished
  })
})
