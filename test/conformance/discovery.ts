import { describe, expect, it } from 'vitest'
import type { ConformanceTarget } from './target.ts'

interface Listed {
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: string[]
}

/** What a server says of itself. */
export function describeDiscovery(target: () => ConformanceTarget): void {
  describe('discovery', () => {
    it.each(['/healthz', '/livez', '/readyz'])('%s says ok', async (path) => {
      const { status, text } = await target().admin.get(path)
      expect([status, text]).toEqual([200, 'ok'])
    })

    it('/version names the version', async () => {
      const { body } = await target().admin.get('/version')
      expect(body.gitVersion).toMatch(/^v1\.\d+\.\d+/)
      expect(body.minor).toMatch(/^\d+\+?$/)
    })

    it('/api names the version of the core group', async () => {
      expect((await target().admin.get('/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] })
    })

    it.each([
      ['apps', 'apps/v1'],
      ['authorization.k8s.io', 'authorization.k8s.io/v1'],
      ['batch', 'batch/v1'],
      ['coordination.k8s.io', 'coordination.k8s.io/v1'],
    ])('/apis has the group %s, preferably as %s', async (name, preferred) => {
      const { body } = await target().admin.get('/apis')
      expect(body.groups).toContainEqual(
        expect.objectContaining({ name, preferredVersion: expect.objectContaining({ groupVersion: preferred }) }),
      )
      expect((await target().admin.get(`/apis/${name}`)).body).toMatchObject({ kind: 'APIGroup', name })
    })

    const everything = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
    it.each([
      ['/apis/coordination.k8s.io/v1', { name: 'leases', kind: 'Lease', namespaced: true, verbs: everything }],
      ['/api/v1', { name: 'pods', kind: 'Pod', namespaced: true, verbs: everything }],
      ['/api/v1', { name: 'configmaps', kind: 'ConfigMap', namespaced: true, verbs: everything }],
      ['/api/v1', { name: 'endpoints', kind: 'Endpoints', namespaced: true, verbs: everything }],
      ['/api/v1', { name: 'events', kind: 'Event', namespaced: true, verbs: everything }],
      ['/api/v1', { name: 'nodes', kind: 'Node', namespaced: false, verbs: everything }],
      ['/apis/apps/v1', { name: 'deployments', kind: 'Deployment', namespaced: true, verbs: everything }],
      ['/apis/apps/v1', { name: 'replicasets', kind: 'ReplicaSet', namespaced: true, verbs: everything }],
    ])('%s has %o', async (path, resource) => {
      const { status, body } = await target().admin.get(path)
      expect([status, body.kind]).toEqual([200, 'APIResourceList'])
      const listed = (body.resources as Listed[]).find((one) => one.name === resource.name)
      expect(listed).toMatchObject(resource)
    })

    it.each([
      '/apis/example.com/v1/things',
      '/apis/coordination.k8s.io/v1/things',
      '/api/v1/namespaces/default/things',
    ])('%s is not found', async (path) => {
      expect((await target().admin.get(path)).status).toBe(404)
    })
  })
}
