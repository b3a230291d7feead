import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
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
