import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { JoinScene, type Joined } from '../support/join-scene.ts'

/** `join` as it ships, on a real API server with a webhook that changes the leases of one namespace. */
const NAMESPACE = 'mutated'
const fixture = (name: string): string => readFileSync(new URL(`../cluster/fixtures/${name}`, import.meta.url), 'utf8')

/** What the webhook sets in every lease that is written; seconds. */
let durationSeconds = 60
let webhook: Server
let cluster: RealCluster
let scene: JoinScene

/** The webhook's answer to an AdmissionReview. */
function changed(review: string): string {
  const { apiVersion, kind, request } = JSON.parse(review) as { apiVersion: string; kind: string; request: { uid: string } }
  const patch = [
    { op: 'add', path: '/spec/leaseDurationSeconds', value: durationSeconds },
    { op: 'add', path: '/metadata/labels', value: { 'owned-by': 'platform' } },
  ]
  const encoded = Buffer.from(JSON.stringify(patch)).toString('base64')
  return JSON.stringify({ apiVersion, kind, response: { uid: request.uid, allowed: true, patchType: 'JSONPatch', patch: encoded } })
}

beforeAll(async () => {
  webhook = createServer({ key: fixture('server.key'), cert: fixture('server.pem') }, (request, response) => {
    response.setHeader('Content-Type', 'application/json')
    void text(request).then((review) => response.end(changed(review)))
  })
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve))
  cluster = await startRealCluster()
  const leases = { apiGroups: ['coordination.k8s.io'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['leases'] }
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'change-leases' },
    webhooks: [
      {
        name: 'leases.example.com',
        clientConfig: {
          url: `https://127.0.0.1:${(webhook.address() as AddressInfo).port}/`,
          caBundle: Buffer.from(fixture('authority.pem')).toString('base64'),
        },
        rules: [leases],
        namespaceSelector: { matchLabels: { leases: 'changed' } },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: { leases: 'changed' } } }
  for (const object of [namespace, configuration]) await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(object) })
  // The API server takes a moment to hear of its own configuration.
  const probe = JSON.stringify({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'probe', namespace: NAMESPACE }, spec: {} })
  const tried = ['create', '--dry-run=server', '-o', 'jsonpath={.spec.leaseDurationSeconds}', '-f', '-']
  await vi.waitFor(async () => expect(await cluster.kubectl(tried, { input: probe })).toBe('60'), { timeout: 60_000, interval: 200 })
})
afterAll(async () => {
  await cluster.close()
  webhook.closeAllConnections()
  webhook.close()
})

beforeEach(async () => {
  scene = await JoinScene.open()
})
afterEach(() => scene[Symbol.asyncDispose]())

const candidate = (name: string, identity: string): Joined =>
  scene.start([name, '-n', NAMESPACE, '--id', identity, '-o', 'json', '--', 'sleep', '1000'], { KUBECONFIG: cluster.kubeconfig })

const field = (name: string, path: string): Promise<string> =>
  cluster.kubectl(['get', 'lease', name, '-n', NAMESPACE, '-o', `jsonpath={${path}}`])

it('a longer duration is followed: one leads, renews and releases, and the next one leads at once', async () => {
  durationSeconds = 60
  const first = candidate('longer', 'a')
  await first.told('command-started')
  const renewTime = await field('longer', '.spec.renewTime')
  await expect.poll(() => field('longer', '.spec.renewTime'), { timeout: 30_000 }).not.toBe(renewTime)
  expect(await field('longer', '.spec.leaseDurationSeconds')).toBe('60')
  expect(await field('longer', '.metadata.labels.owned-by')).toBe('platform')
  const second = candidate('longer', 'b')
  await second.told('new-leader')
  first.kill('SIGTERM')
  expect(await first.finished).toBe(143)
  const released = await first.told('released')
  const { time } = await second.told('command-started')
  // Nobody waits for a lease to run out.
  expect(Date.parse(time) - Date.parse(released.time)).toBeLessThan(60_000)
  second.kill('SIGTERM')
  expect(await second.finished).toBe(143)
  expect(await field('longer', '.spec.holderIdentity')).toBe('')
})

it('a shorter duration stops it before it leads, and the lease is given back', async () => {
  durationSeconds = 5
  const joined = candidate('shorter', 'a')
  expect(await joined.finished).toBe(125)
  expect(joined.stderr).toContain(`The server changed leaseDurationSeconds of lease ${NAMESPACE}/shorter from 15 to 5 while it applied a write.`)
  expect(joined.types()).not.toContain('started-leading')
  expect(await field('shorter', '.spec.holderIdentity')).toBe('')
})

it('a shorter duration from some time on ends the term, and the lease is given back', async () => {
  durationSeconds = 60
  const joined = candidate('shortened', 'a')
  await joined.told('command-started')
  durationSeconds = 5
  expect(await joined.told('stopped-leading')).toMatchObject({ reason: 'failed' })
  expect(await joined.finished).toBe(125)
  expect(joined.stderr).toContain('The server changed leaseDurationSeconds')
  expect(await field('shortened', '.spec.holderIdentity')).toBe('')
})
