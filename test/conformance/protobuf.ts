import { describe, expect, it } from 'vitest'
import { protobufBody, PROTOBUF, type Message } from '../support/protobuf.ts'
import { configMapsPath, freshName, lease, leasePath, leasesPath, podsPath } from './objects.ts'
import { type ConformanceTarget } from './target.ts'

const LEASE = ['coordination.k8s.io/v1', 'Lease'] as const

/** 2026-01-02T03:04:05.006007Z, as `MicroTime`. */
const TIME: Message = [[1, Date.UTC(2026, 0, 2, 3, 4, 5) / 1000], [2, 6_007_000]]

/** Bodies in protobuf, as client-go 0.36 and kubectl 1.33 send them; they ask for answers in JSON as well. */
export function describeProtobuf(target: () => ConformanceTarget): void {
  const send = (method: string, path: string, body: Uint8Array) =>
    target().admin.send(method, path, body, { headers: { 'Content-Type': PROTOBUF, Accept: `${PROTOBUF};q=0.5,application/json` } })

  describe('a body in protobuf', () => {
    it('creates and replaces a Lease', async () => {
      const name = freshName()
      const metadata = (...more: Message): Message => [[1, name], [2, ''], [7, 0], [8, []], [11, [[1, 'app'], [2, 'demo']]], ...more]
      const spec = (holder: string, transitions: number): Message => [[1, holder], [2, 15], [3, TIME], [4, TIME], [5, transitions]]
      const created = await send('POST', leasesPath(), protobufBody(...LEASE, [[1, metadata()], [2, spec('a', 0)]]))
      expect([created.status, created.body]).toMatchObject([201, { metadata: { name, labels: { app: 'demo' } } }])
      const { uid, resourceVersion } = created.body.metadata
      const again = metadata([3, created.body.metadata.namespace], [5, uid], [6, resourceVersion])
      const replaced = await send('PUT', leasePath(name), protobufBody(...LEASE, [[1, again], [2, spec('b', 1)]]))
      expect(replaced.status).toBe(200)
      const time = '2026-01-02T03:04:05.006007Z'
      expect((await target().admin.get(leasePath(name))).body.spec).toEqual({
        holderIdentity: 'b',
        leaseDurationSeconds: 15,
        acquireTime: time,
        renewTime: time,
        leaseTransitions: 1,
      })
      expect((await send('PUT', leasePath(name), protobufBody(...LEASE, [[1, again], [2, spec('c', 2)]]))).status).toBe(409)
    })

    it('creates a ConfigMap, and a Pod', async () => {
      const name = freshName()
      const data: Message = [[1, [[1, name]]], [2, [[1, 'one'], [2, '1']]], [2, [[1, 'two'], [2, '']]], [3, [[1, 'bytes'], [2, new Uint8Array([0, 255])]]]]
      const map = await send('POST', configMapsPath(), protobufBody('v1', 'ConfigMap', data))
      expect([map.status, map.body]).toMatchObject([201, { data: { one: '1', two: '' }, binaryData: { bytes: 'AP8=' } }])
      const resources: Message = [[2, [[1, 'cpu'], [2, [[1, '100m']]]]]]
      const port: Message = [[3, 8080], [4, 'TCP']]
      const probe: Message = [[1, [[2, [[1, '/'], [2, [[1, 0], [2, 8080], [3, '']]], [4, 'HTTP']]]]], [2, 1]]
      const container: Message = [[1, 'main'], [2, 'registry.invalid/main:1'], [4, '-v'], [4, '2'], [6, port], [8, resources], [10, probe]]
      const pod = await send('POST', podsPath(), protobufBody('v1', 'Pod', [[1, [[1, name]]], [2, [[2, container], [3, 'Never'], [11, true]]], [3, []]]))
      expect([pod.status, pod.body.spec]).toMatchObject([
        201,
        {
          restartPolicy: 'Never',
          hostNetwork: true,
          containers: [
            {
              name: 'main',
              args: ['-v', '2'],
              ports: [{ containerPort: 8080 }],
              resources: { requests: { cpu: '100m' } },
              livenessProbe: { httpGet: { path: '/', port: 8080 }, initialDelaySeconds: 1 },
            },
          ],
        },
      ])
    })

    it('says how to delete', async () => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name))
      const options = (uid: string): Uint8Array => protobufBody('v1', 'DeleteOptions', [[2, [[1, uid]]], [4, 'Background']])
      expect((await send('DELETE', leasePath(name), options('another'))).status).toBe(409)
      const { uid } = (await target().admin.get(leasePath(name))).body.metadata as { uid: string }
      expect((await send('DELETE', leasePath(name), options(uid))).status).toBe(200)
    })

    it('asks what one may do', async () => {
      const attributes: Message = [[1, ''], [2, 'get'], [3, 'coordination.k8s.io'], [5, 'leases'], [6, ''], [7, '']]
      const body = protobufBody('authorization.k8s.io/v1', 'SelfSubjectAccessReview', [[1, []], [2, [[1, attributes]]], [3, [[1, false], [2, ''], [3, ''], [4, false]]]])
      const { status, body: review } = await send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body)
      expect([status, review.status.allowed]).toEqual([201, true])
    })

    it('that is none is refused', async () => {
      for (const body of [Buffer.from('{}'), Buffer.from('k8s\0\xff\xff')]) {
        expect((await send('POST', leasesPath(), body)).status).toBe(400)
      }
    })
  })
}
