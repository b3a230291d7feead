import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { runBuilt } from '../support/built-cli.ts'
import { realClusterAssets, startRealCluster, type RealCluster } from '../support/real-cluster.ts'

/** Coordinated elections as a real kube-apiserver runs them, from 1.33 on; before, that there are none harms nobody. */
const FIRST_MINOR = 33
const FLAGS = ['--feature-gates=CoordinatedLeaderElection=true', '--runtime-config=coordination.k8s.io/v1beta1=true']
const version = execFileSync(join(realClusterAssets() ?? '', 'kube-apiserver'), ['--version'], { encoding: 'utf8' })
const hasCandidates = Number(/v1\.(\d+)/.exec(version)![1]) >= FIRST_MINOR

let cluster: RealCluster
let client: ApiClient
let env: NodeJS.ProcessEnv
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/default/leases/web'
const CANDIDATES = '/apis/coordination.k8s.io/v1beta1/namespaces/default/leasecandidates'
const PATIENCE = { timeout: 60_000, interval: 250 }

const microTime = (): string => new Date().toISOString().replace('Z', '000Z')
const merge = (path: string, spec: object): Promise<unknown> =>
  client.request({ method: 'PATCH', path, body: { spec }, contentType: 'application/merge-patch+json', subject: { verb: 'patch' } })
const spec = async (): Promise<Record<string, unknown>> =>
  (await client.request<{ spec: Record<string, unknown> }>({ method: 'GET', path: LEASE, subject: { verb: 'get' } })).spec

const leaseHas = (expected: object): Promise<void> =>
  vi.waitFor(async () => expect(await spec()).toMatchObject(expected), PATIENCE)

beforeAll(async () => {
  cluster = await startRealCluster({ apiServerFlags: hasCandidates ? FLAGS : [] })
  env = { KUBECONFIG: cluster.kubeconfig }
  client = await connect({ kubeconfig: cluster.kubeconfig }, { env: {}, clock: systemClock, version: 'test' })
})

afterAll(async () => {
  client.close()
  await cluster.close()
})

if (hasCandidates) {
  describe('an election that the API server coordinates', () => {
    let renewal: NodeJS.Timeout
    const stands = (name: string, emulationVersion: string): Promise<unknown> =>
      client.request({
        method: 'POST',
        path: CANDIDATES,
        body: {
          metadata: { name },
          spec: { leaseName: 'web', binaryVersion: '1.36.0', emulationVersion, strategy: 'OldestEmulationVersion', renewTime: microTime() },
        },
        subject: { verb: 'create' },
      })
    /** Renews as a candidate does: its own object when it is asked to, and the lease while it holds that. */
    const renew = async (): Promise<void> => {
      const renewTime = microTime()
      await Promise.allSettled([merge(`${CANDIDATES}/first`, { renewTime }), merge(`${CANDIDATES}/older`, { renewTime })])
      if ((await spec())['holderIdentity'] === 'first') await merge(LEASE, { renewTime })
    }

    beforeAll(async () => {
      await stands('first', '1.36.0')
      await leaseHas({ holderIdentity: 'first' })
      renewal = setInterval(() => void renew().catch(() => undefined), 500)
      await stands('older', '1.35.0')
      await leaseHas({ holderIdentity: 'first', preferredHolder: 'older' })
    })
    afterAll(() => clearInterval(renewal))

    it('is shown with its strategy, and who ought to lead', async () => {
      const { code, stdout } = await runBuilt(['list', '-o', 'wide'], env)
      expect(code).toBe(0)
      expect(stdout).toMatch(/^NAME .* STRATEGY +PREFERRED\nweb +first .* OldestEmulationVersion +older\n$/)
    })

    it('is described with its candidates', async () => {
      const { code, stdout } = await runBuilt(['describe', 'web'], env)
      expect(code).toBe(0)
      expect(stdout).toMatch(/^ {2}first +yes +1\.36\.0 +1\.36\.0 /m)
      expect(stdout).toMatch(/^ {2}older +preferred +1\.36\.0 +1\.35\.0 /m)
      expect(stdout).toMatch(/^Preferred Holder: older$/m)
      expect(stdout).toContain('it is a LeaseCandidate')
      expect(stdout).not.toContain('holderNotFound')
    })

    it.each([
      [['join', 'web', '--yes']],
      [['join', 'web', '--', 'true']],
      [['join', 'web', '--take', '--yes']],
      [['failover', 'web', '--yes']],
      [['failover', 'web', '--yes', '--force']],
      [['release', 'web', '--yes']],
    ])(
      'is not driven: %j',
      async (args) => {
        const { code, stderr } = await runBuilt(args, env)
        expect(stderr).toMatch(/"web" in namespace "default" is a coordinated election: the API server chooses the leader/)
        expect(code).toBe(2)
        expect(await spec()).toMatchObject({ holderIdentity: 'first', preferredHolder: 'older' })
      },
    )
  })
} else {
  describe('a server that knows no LeaseCandidates', () => {
    beforeAll(() =>
      client.request({
        method: 'POST',
        path: LEASE.slice(0, LEASE.lastIndexOf('/')),
        body: { metadata: { name: 'web' }, spec: { holderIdentity: 'laptop', leaseDurationSeconds: 15, renewTime: microTime() } },
        subject: { verb: 'create' },
      }),
    )

    it.each([['list', ['-o', 'wide']], ['describe', ['web']]] as const)('is shown by %s as usual, without a warning', async (command, args) => {
      const { code, stdout, stderr } = await runBuilt([command, ...args], env)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toContain('laptop')
      expect(stdout).not.toMatch(/STRATEGY|Strategy|LEASECANDIDATE|Could Not Check/)
    })
  })
}
