import { expect, it } from 'vitest'
import { apiPath, LEASES, NAMESPACES, PODS, resourceName, subjectOf } from '../../shared/cluster/paths.ts'

it.each([
  [apiPath(LEASES), '/apis/coordination.k8s.io/v1/leases'],
  [apiPath(LEASES, { namespace: 'a' }), '/apis/coordination.k8s.io/v1/namespaces/a/leases'],
  [apiPath(LEASES, { namespace: 'a', name: 'b' }), '/apis/coordination.k8s.io/v1/namespaces/a/leases/b'],
  [apiPath(PODS, { namespace: 'a', name: 'b', subresource: 'log' }), '/api/v1/namespaces/a/pods/b/log'],
  [apiPath(NAMESPACES), '/api/v1/namespaces'],
  [apiPath(NAMESPACES, { namespace: 'ignored', name: 'b' }), '/api/v1/namespaces/b'],
  [apiPath(PODS, { namespace: 'a/../b', name: '?x=1#y z' }), '/api/v1/namespaces/a%2F..%2Fb/pods/%3Fx%3D1%23y%20z'],
  [apiPath(PODS, { namespace: '..', name: '.' }), '/api/v1/namespaces/%2E%2E/pods/%2E'],
  [apiPath(PODS, { namespace: 'größe' }), '/api/v1/namespaces/gr%C3%B6%C3%9Fe/pods'],
])('%s is %s', (path, expected) => expect(path).toBe(expected))

it('names resources as RBAC does', () => {
  expect(resourceName(LEASES)).toBe('leases.coordination.k8s.io')
  expect(subjectOf('get', PODS, { namespace: 'a', name: 'b', subresource: 'log' })).toEqual({
    verb: 'get',
    resource: 'pods/log',
    namespace: 'a',
    name: 'b',
  })
  expect(subjectOf('list', LEASES)).toEqual({ verb: 'list', resource: 'leases.coordination.k8s.io' })
})
