import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { startSandbox } from '../../shared/sandbox/index.ts'
import { runBuilt } from '../support/built-cli.ts'
import { realClusterAssets, startRealCluster } from '../support/real-cluster.ts'

const cluster = await startRealCluster()
afterAll(() => cluster.close())
const minor = Number(/^v1\.(\d+)/.exec(cluster.version)![1])

const generated = async (args: string): Promise<string> => (await runBuilt(['generate', ...args.split(' ')])).stdout
const dryRun = async (args: string): Promise<string> =>
  cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], { input: await generated(args) })

describe('a real API server accepts', () => {
  it.each([
    ['rbac web', ['serviceaccount/web created', 'role.rbac.authorization.k8s.io/web-candidate created', 'rolebinding.rbac.authorization.k8s.io/web-candidate created']],
    ['rbac web -o json --lock=configmap --no-watch --no-events', ['serviceaccount/web created']],
    ['rbac endpoints/web --service-account=there', ['role.rbac.authorization.k8s.io/web-candidate created']],
    ['sidecar web', ['deployment.apps/web created']],
    ['sidecar web --mode=http -o json --replicas=3', ['deployment.apps/web created']],
    ['sidecar cm/web --app=shop --service-account=there', ['deployment.apps/shop created']],
    ['sidecar web --mode=label --label=example.com/leader --no-policy', ['serviceaccount/web created', 'role.rbac.authorization.k8s.io/web-labeler created', 'deployment.apps/web-labeler created', 'deployment.apps/web created', 'service/web created']],
    ['sidecar web --mode=label --label=example.com/leader --labeled-by=sidecar --no-policy', ['role.rbac.authorization.k8s.io/web-label created', 'deployment.apps/web created', 'service/web created']],
    ['labeler web --label=example.com/leader --no-policy', ['serviceaccount/web-labeler created', 'role.rbac.authorization.k8s.io/web-labeler created', 'deployment.apps/web-labeler created']],
    ['monitoring --scrape=annotations', ['clusterrole.rbac.authorization.k8s.io/leader-exporter created', 'deployment.apps/leader-exporter created', 'configmap/leader-exporter-rules created', 'configmap/leader-exporter-dashboard created']],
  ])('"generate %s"', async (args, created) => {
    const printed = await dryRun(args)
    for (const line of created) expect(printed).toContain(`${line} (server dry run)`)
  })

  it(`--native only where sidecars are known (this is 1.${minor})`, async () => {
    const attempt = dryRun('sidecar web --native')
    await (minor >= 29
      ? expect(attempt).resolves.toContain('deployment.apps/web created')
      : expect(attempt).rejects.toThrow('restartPolicy'))
  })
})

const STRING = { type: 'string' }
const STRINGS = { type: 'object', additionalProperties: STRING }
const DURATION = { type: 'string', pattern: '^([0-9]+(ms|[smhdwy]))+$' }
const object = (properties: object, ...required: readonly string[]): object => ({ type: 'object', properties, ...(required.length > 0 && { required }) })
const list = (items: object): object => ({ type: 'array', items })

/** Of the kinds of the Prometheus Operator (monitoring.coreos.com/v1), the fields that are printed. Any other is refused. */
const KINDS = {
  ServiceMonitor: object({ selector: object({ matchLabels: STRINGS }), endpoints: list(object({ port: STRING, interval: DURATION, honorLabels: { type: 'boolean' } })) }, 'selector', 'endpoints'),
  PrometheusRule: object({
    groups: list(object({ name: STRING, rules: list(object({ alert: STRING, expr: STRING, for: DURATION, labels: STRINGS, annotations: STRINGS }, 'expr')) }, 'name')),
  }),
}

async function defineKind(kind: keyof typeof KINDS): Promise<void> {
  const group = 'monitoring.coreos.com'
  const plural = `${kind.toLowerCase()}s`
  const schema = { openAPIV3Schema: object({ spec: KINDS[kind] }, 'spec') }
  const spec = { group, scope: 'Namespaced', names: { kind, plural, singular: kind.toLowerCase() }, versions: [{ name: 'v1', served: true, storage: true, schema }] }
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.${group}` }, spec }) })
  await cluster.kubectl(['wait', '--for=condition=Established', `crd/${plural}.${group}`])
}

it('a real API server with the kinds of the Prometheus Operator accepts "generate monitoring", and each field', async () => {
  await defineKind('ServiceMonitor')
  await defineKind('PrometheusRule')
  const args = 'monitoring --monitor-label=release=prometheus'
  const manifests = await generated(args)
  // The API server takes a moment to publish the fields of a new kind.
  for (const [field, wrong] of [['honorLabels', 'honourLabels'], ['annotations:', 'annotation:']] as const) {
    const attempt = (): Promise<string> => cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], { input: manifests.replaceAll(field, wrong) }).catch(String)
    await expect.poll(attempt, { timeout: 60_000 }).toContain(`unknown field "${wrong.replace(':', '')}"`)
  }
  const printed = await dryRun(args)
  for (const line of ['servicemonitor.monitoring.coreos.com/leader-exporter', 'prometheusrule.monitoring.coreos.com/leader-exporter', 'service/leader-exporter']) {
    expect(printed).toContain(`${line} created (server dry run)`)
  }
})

describe('kubectl apply -k has a real API server accept', () => {
  const bases = fileURLToPath(new URL('../../examples/kustomize', import.meta.url))
  const apply = (folder: string): string =>
    execFileSync(process.env['KUBECTL']!, ['apply', '-k', join(bases, folder), '--dry-run=server', `--kubeconfig=${cluster.kubeconfig}`], { encoding: 'utf8' })

  it.each([
    ['sidecar', ['role.rbac.authorization.k8s.io/web-candidate', 'deployment.apps/web']],
    ['labeler', ['role.rbac.authorization.k8s.io/web-labeler', 'deployment.apps/web-labeler']],
    ['exporter', ['clusterrole.rbac.authorization.k8s.io/leader-exporter', 'deployment.apps/leader-exporter']],
  ])('the base %s', (folder, objects) => {
    const printed = apply(folder)
    for (const object of objects) expect(printed).toContain(`${object} created (server dry run)`)
  })

  it('all bases in one overlay, in its namespace and with its images', async () => {
    await cluster.kubectl(['create', 'namespace', 'shop'])
    expect(apply('overlay').match(/created \(server dry run\)$/gm)).toHaveLength(12)
    const built = execFileSync(process.env['KUBECTL']!, ['kustomize', join(bases, 'overlay')], { encoding: 'utf8' })
    expect(built).not.toMatch(/default/)
    expect(built.match(/image: .*/g)!.filter((image) => !image.startsWith('image: registry.example.com/team/'))).toEqual([])
  })
})

it.each(['readiness', 'http'])('the sandbox stores a Deployment of mode %s', async (mode) => {
  const sandbox = await startSandbox()
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-test-'))
  try {
    await writeFile(join(folder, 'config'), JSON.stringify(sandbox.kubeconfig()))
    const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: join(folder, 'config') }
    const kubectl = spawn(join(realClusterAssets()!, 'kubectl'), ['apply', '-f', '-'], { env, stdio: 'pipe' })
    kubectl.stdin.end(await generated(`sidecar web --mode=${mode}`))
    const [stdout, stderr] = await Promise.all([text(kubectl.stdout), text(kubectl.stderr)])
    expect(stdout + stderr).toBe('deployment.apps/web created\n')
    expect(sandbox.peek('deployments.apps', 'default', 'web')).toMatchObject({ spec: { replicas: 2 } })
  } finally {
    await sandbox.close()
    await rm(folder, { recursive: true, maxRetries: 10 })
  }
})
