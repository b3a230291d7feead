import { describe, expect, it } from 'vitest'
import { protobufBody, PROTOBUF } from '../support/protobuf.ts'
import { freshName } from './objects.ts'
import { NAMESPACE, type ConformanceTarget } from './target.ts'

const KINDS = [
  ['deployments', 'Deployment'],
  ['replicasets', 'ReplicaSet'],
  ['statefulsets', 'StatefulSet'],
] as const

const path = (plural: string, name = ''): string => `/apis/apps/v1/namespaces/${NAMESPACE}/${plural}${name && `/${name}`}`

/** A workload that every server takes. */
function workload(kind: string, name: string, replicas: number): object {
  const matchExpressions = [
    { key: 'tier', operator: 'In', values: ['b', 'a'] },
    { key: 'app', operator: 'Exists' },
    { key: 'old', operator: 'DoesNotExist' },
    { key: 'zone', operator: 'NotIn', values: ['z'] },
  ]
  const template = {
    metadata: { labels: { app: 'web', tier: 'a' } },
    spec: { containers: [{ name: 'main', image: 'registry.invalid/main:1' }] },
  }
  const selector = { matchLabels: { app: 'web' }, matchExpressions }
  const service = kind === 'StatefulSet' ? { serviceName: 'web' } : {}
  return { apiVersion: 'apps/v1', kind, metadata: { name }, spec: { replicas, selector, template, ...service } }
}

/** `/scale` of workloads, which `kubectl scale` uses. */
export function describeScale(target: () => ConformanceTarget): void {
  describe.each(KINDS)('the scale of %s', (plural, kind) => {
    const create = async (replicas = 2): Promise<{ scale: string; object: string; name: string }> => {
      const name = freshName('web')
      expect((await target().admin.post(path(plural), workload(kind, name, replicas))).status).toBe(201)
      return { scale: `${path(plural, name)}/scale`, object: path(plural, name), name }
    }
    const scaleBody = (name: string, replicas: number, metadata: object = {}): object => {
      return { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name, namespace: NAMESPACE, ...metadata }, spec: { replicas } }
    }

    it('is in the discovery, as what it is', async () => {
      const { body } = await target().admin.get('/apis/apps/v1')
      const listed = (body.resources as { readonly name: string }[]).find(({ name }) => name === `${plural}/scale`)
      const verbs = ['get', 'patch', 'update']
      expect(listed).toMatchObject({ kind: 'Scale', group: 'autoscaling', version: 'v1', namespaced: true, verbs })
    })

    it('shows the replicas and the selector', async () => {
      const { scale, object, name } = await create()
      const { metadata } = (await target().admin.get(object)).body
      const { status, body } = await target().admin.get(scale)
      expect(status).toBe(200)
      const { uid, resourceVersion, creationTimestamp } = metadata
      expect(body).toMatchObject({
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        metadata: { name, namespace: NAMESPACE, uid, resourceVersion, creationTimestamp },
        spec: { replicas: 2 },
        status: { replicas: 0 },
      })
      expect((body.status.selector as string).split(/,(?![^(]*\))/).sort()).toEqual(['!old', 'app', 'app=web', 'tier in (a,b)', 'zone notin (z)'])
    })

    it('is set by PUT, which changes nothing else', async () => {
      const { scale, object, name } = await create()
      const before = (await target().admin.get(object)).body
      const { status, body } = await target().admin.put(scale, scaleBody(name, 5))
      expect([status, body.kind, body.spec]).toEqual([200, 'Scale', { replicas: 5 }])
      const after = (await target().admin.get(object)).body
      expect(after.spec).toEqual({ ...before.spec, replicas: 5 })
      expect(after.metadata.generation).toBe(Number(before.metadata.generation) + 1)
      expect(body.metadata.resourceVersion).toBe(after.metadata.resourceVersion)
    })

    it('is set by a merge patch and by a JSON patch, to zero as well', async () => {
      const { scale, object } = await create()
      const merge = { headers: { 'Content-Type': 'application/merge-patch+json' } }
      expect((await target().admin.send('PATCH', scale, { spec: { replicas: 3 } }, merge)).body.spec).toEqual({ replicas: 3 })
      const patch = [{ op: 'replace', path: '/spec/replicas', value: 0 }]
      const json = { headers: { 'Content-Type': 'application/json-patch+json' } }
      const { status, body } = await target().admin.send('PATCH', scale, patch, json)
      expect([status, body.spec]).toEqual([200, {}])
      expect((await target().admin.get(object)).body.spec.replicas).toBe(0)
    })

    it('is set by a body in protobuf', async () => {
      const { scale, object, name } = await create()
      const body = protobufBody('autoscaling/v1', 'Scale', [[1, [[1, name], [3, NAMESPACE]]], [2, [[1, 4]]], [3, [[1, 0]]]])
      const headers = { 'Content-Type': PROTOBUF, Accept: 'application/json' }
      expect((await target().admin.send('PUT', scale, body, { headers })).status).toBe(200)
      expect((await target().admin.get(object)).body.spec.replicas).toBe(4)
    })

    it('is not set on a dry run', async () => {
      const { scale, object, name } = await create()
      expect((await target().admin.put(scale, scaleBody(name, 5), { query: { dryRun: 'All' } })).body.spec).toEqual({ replicas: 5 })
      expect((await target().admin.get(object)).body.spec.replicas).toBe(2)
    })

    it('is not set if the workload has changed since', async () => {
      const { scale, object, name } = await create()
      const { resourceVersion } = (await target().admin.get(scale)).body.metadata
      await target().admin.put(scale, scaleBody(name, 3, { resourceVersion }))
      const { status, body } = await target().admin.put(scale, scaleBody(name, 4, { resourceVersion }))
      expect([status, body.reason, body.details]).toEqual([409, 'Conflict', { name, group: 'apps', kind: plural }])
      expect((await target().admin.get(object)).body.spec.replicas).toBe(3)
    })

    it('is refused if it is below zero, no number, of another name, or another kind', async () => {
      const { scale, object, name } = await create()
      const below = await target().admin.put(scale, scaleBody(name, -1))
      expect([below.status, below.body.reason, below.body.details.causes[0].field]).toEqual([422, 'Invalid', 'spec.replicas'])
      expect(below.body.message).toMatch(/^Scale\.autoscaling ".*" is invalid: spec\.replicas: Invalid value: -1: must be greater than or equal to 0$/)
      const text = { ...scaleBody(name, 1), spec: { replicas: '3' } }
      for (const sent of [text, scaleBody('another', 1), workload(kind, name, 1)]) {
        expect((await target().admin.put(scale, sent)).status).toBe(400)
      }
      expect((await target().admin.get(object)).body.spec.replicas).toBe(2)
    })

    it('is not there if the workload is not', async () => {
      const scale = `${path(plural, 'absent')}/scale`
      const read = await target().admin.get(scale)
      expect([read.status, read.body.reason]).toEqual([404, 'NotFound'])
      // Some servers name the subresource as well.
      expect((read.body.message as string).replace(`${plural}/scale`, plural)).toBe(`${plural}.apps "absent" not found`)
      const written = await target().admin.put(scale, scaleBody('absent', 1))
      expect([written.status, written.body.message]).toEqual([404, `${plural}.apps "absent" not found`])
    })
  })

  it('a DaemonSet has no scale', async () => {
    expect((await target().admin.get(`${path('daemonsets', 'x')}/scale`)).status).toBe(404)
  })
}
