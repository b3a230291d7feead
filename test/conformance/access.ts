import { describe, expect, it } from 'vitest'
import type { HttpApi, Reply } from '../support/http-api.ts'
import { ALL_LEASES, freshName, lease, leasePath, leasesPath, podsPath } from './objects.ts'
import { NAMESPACE, OTHER_NAMESPACE, type ConformanceTarget, type UserName } from './target.ts'

/** Who may do what. */
export function describeAccess(target: () => ConformanceTarget): void {
  describe('authentication', () => {
    it('refuses a token that it does not know', async () => {
      const { status, body } = await target().admin.as('no-such-token').get(leasesPath())
      expect(status).toBe(401)
      expect(body).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'Unauthorized',
        reason: 'Unauthorized',
        code: 401,
      })
    })

    it('rejects a request without a token', async () => {
      // 403 where the server has an anonymous user.
      expect([401, 403]).toContain((await target().admin.as(null).get(leasesPath())).status)
    })

    it('tells everyone its version', async () => {
      const { status, body } = await target().admin.as(null).get('/version')
      expect([status, body.major]).toEqual([200, '1'])
    })
  })

  describe('authorisation', () => {
    const here = leasesPath()
    const refusals: [user: UserName, what: string, ask: (api: HttpApi) => Promise<Reply>, message: string][] = [
      [
        'reader',
        'listing across namespaces',
        (api) => api.get(ALL_LEASES),
        'leases.coordination.k8s.io is forbidden: User "reader" cannot list resource "leases" in API group ' +
          '"coordination.k8s.io" at the cluster scope',
      ],
      [
        'reader',
        'watching across namespaces',
        (api) => api.get(ALL_LEASES, { query: { watch: 'true' } }),
        'leases.coordination.k8s.io is forbidden: User "reader" cannot watch resource "leases" in API group ' +
          '"coordination.k8s.io" at the cluster scope',
      ],
      [
        'reader',
        'another namespace',
        (api) => api.get(leasePath('x', OTHER_NAMESPACE)),
        'leases.coordination.k8s.io "x" is forbidden: User "reader" cannot get resource "leases" in API group ' +
          `"coordination.k8s.io" in the namespace "${OTHER_NAMESPACE}"`,
      ],
      [
        'reader',
        'creating',
        (api) => api.post(here, lease('x')),
        'leases.coordination.k8s.io is forbidden: User "reader" cannot create resource "leases" in API group ' +
          `"coordination.k8s.io" in the namespace "${NAMESPACE}"`,
      ],
      [
        'reader',
        'deleting a collection',
        (api) => api.delete(here),
        'leases.coordination.k8s.io is forbidden: User "reader" cannot deletecollection resource "leases" in API group ' +
          `"coordination.k8s.io" in the namespace "${NAMESPACE}"`,
      ],
      [
        'reader',
        'the core group',
        (api) => api.get(podsPath()),
        `pods is forbidden: User "reader" cannot list resource "pods" in API group "" in the namespace "${NAMESPACE}"`,
      ],
      [
        'reader',
        'what is in no namespace',
        (api) => api.get('/api/v1/nodes/n'),
        'nodes "n" is forbidden: User "reader" cannot get resource "nodes" in API group "" at the cluster scope',
      ],
      [
        'reader',
        'listing namespaces',
        (api) => api.get('/api/v1/namespaces'),
        'namespaces is forbidden: User "reader" cannot list resource "namespaces" in API group "" at the cluster scope',
      ],
      [
        'reader',
        'a namespace by name',
        (api) => api.get(`/api/v1/namespaces/${NAMESPACE}`),
        `namespaces "${NAMESPACE}" is forbidden: User "reader" cannot get resource "namespaces" in API group "" in the ` +
          `namespace "${NAMESPACE}"`,
      ],
      [
        'reader',
        'a subresource',
        (api) => api.get(`${podsPath()}/p/log`),
        'pods "p" is forbidden: User "reader" cannot get resource "pods/log" in API group "" in the namespace ' +
          `"${NAMESPACE}"`,
      ],
      [
        'elector',
        'watching',
        (api) => api.get(here, { query: { watch: 'true' } }),
        'leases.coordination.k8s.io is forbidden: User "elector" cannot watch resource "leases" in API group ' +
          `"coordination.k8s.io" in the namespace "${NAMESPACE}"`,
      ],
      [
        'elector',
        'patching',
        (api) => api.patch('application/merge-patch+json', `${here}/x`, {}),
        'leases.coordination.k8s.io "x" is forbidden: User "elector" cannot patch resource "leases" in API group ' +
          `"coordination.k8s.io" in the namespace "${NAMESPACE}"`,
      ],
      [
        'one-lease',
        'listing more than its lease',
        (api) => api.get(here),
        'leases.coordination.k8s.io is forbidden: User "one-lease" cannot list resource "leases" in API group ' +
          `"coordination.k8s.io" in the namespace "${NAMESPACE}"`,
      ],
      [
        'one-lease',
        'another lease',
        (api) => api.get(`${here}/yours`),
        'leases.coordination.k8s.io "yours" is forbidden: User "one-lease" cannot get resource "leases" in API group ' +
          `"coordination.k8s.io" in the namespace "${NAMESPACE}"`,
      ],
      [
        'few',
        'listing its one lease by a field selector',
        (api) => api.get(here, { query: { fieldSelector: 'metadata.name=mine' } }),
        'leases.coordination.k8s.io "mine" is forbidden: User "few" cannot list resource "leases" in API group ' +
          `"coordination.k8s.io" in the namespace "${NAMESPACE}"`,
      ],
      [
        'few',
        'watching its one lease by a field selector',
        (api) => api.get(here, { query: { fieldSelector: 'metadata.name=mine', watch: 'true' } }),
        'leases.coordination.k8s.io "mine" is forbidden: User "few" cannot watch resource "leases" in API group ' +
          `"coordination.k8s.io" in the namespace "${NAMESPACE}"`,
      ],
      [
        'nobody',
        'a path that is no resource',
        (api) => api.get('/metrics'),
        'forbidden: User "nobody" cannot get path "/metrics"',
      ],
    ]
    it.each(refusals)('refuses %s %s', async (user, _what, ask, message) => {
      const { status, body } = await ask(target().as(user))
      expect([status, body.reason, body.message]).toEqual([403, 'Forbidden', message])
    })

    it('says in its details what it was about', async () => {
      const { body } = await target().as('reader').get(leasePath('x', OTHER_NAMESPACE))
      expect(body.details).toEqual({ name: 'x', group: 'coordination.k8s.io', kind: 'leases' })
    })

    it('lets a reader read', async () => {
      const reader = target().as('reader')
      const watching = await reader.watch(leasesPath(), { timeoutSeconds: 1 })
      await watching.rest()
      expect((await reader.get(leasesPath())).status).toBe(200)
      expect((await reader.get(leasePath('missing'))).status).toBe(404)
    })

    it('lets an elector with get, create and update run an election', async () => {
      const elector = target().as('elector')
      const name = freshName()
      const created = await elector.post(leasesPath(), lease(name, { holderIdentity: 'a' }))
      const updated = await elector.put(leasePath(name), { ...created.body, spec: { holderIdentity: 'b' } })
      expect([created.status, updated.status, (await elector.get(leasePath(name))).status]).toEqual([201, 200, 200])
    })

    it('lets a user who may read one lease list and watch it by a field selector', async () => {
      await target().admin.post(leasesPath(), lease('mine'))
      const user = target().as('one-lease')
      const fieldSelector = 'metadata.name=mine'
      const { status, body } = await user.get(leasesPath(), { query: { fieldSelector } })
      expect([status, body.items.length]).toEqual([200, 1])
      const watching = await user.watch(leasesPath(), { fieldSelector, timeoutSeconds: 5 })
      expect((await watching.next()).object.metadata.name).toBe('mine')
      watching.close()
    })

    it('grants what is granted across namespaces', async () => {
      expect((await target().as('clusterwide-reader').get(ALL_LEASES)).status).toBe(200)
    })
  })

  describe('impersonation', () => {
    const as = (user: string, groups: string[] = []): { headers: Record<string, string | string[]> } => ({
      headers: { 'Impersonate-User': user, ...(groups.length > 0 ? { 'Impersonate-Group': groups } : {}) },
    })

    it('has the permissions of the impersonated user', async () => {
      expect((await target().admin.get(leasesPath(), as('reader'))).status).toBe(200)
      const { status, body } = await target().admin.get(ALL_LEASES, as('reader'))
      expect(status).toBe(403)
      expect(body.message).toContain('User "reader" cannot list resource "leases"')
    })

    it('takes groups as well', async () => {
      expect((await target().admin.get(ALL_LEASES, as('someone', ['system:masters']))).status).toBe(200)
      expect((await target().admin.get(ALL_LEASES, as('someone', ['others']))).status).toBe(403)
    })

    it('is allowed to a user who may impersonate that user and those groups', async () => {
      const impersonator = target().as('impersonator')
      expect((await impersonator.get(leasesPath(), as('reader'))).status).toBe(200)
      expect((await impersonator.get(leasesPath(), as('reader', ['developers']))).status).toBe(200)
    })

    it.each([
      [
        as('elector'),
        'users "elector" is forbidden: User "impersonator" cannot impersonate resource "users" in API group "" at the cluster scope',
      ],
      [
        as('reader', ['system:masters']),
        'groups "system:masters" is forbidden: User "impersonator" cannot impersonate resource "groups" in API group "" at the cluster scope',
      ],
      [
        as('system:serviceaccount:kube-system:default'),
        'serviceaccounts "default" is forbidden: User "impersonator" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "kube-system"',
      ],
    ])('refuses others, saying whom: %o', async (options, message) => {
      const { status, body } = await target().as('impersonator').get(leasesPath(), options)
      expect([status, body.reason, body.message]).toEqual([403, 'Forbidden', message])
    })
  })

  describe('access reviews', () => {
    const reviews = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
    const ask = (resourceAttributes: object): object => ({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    })
    const leases = { group: 'coordination.k8s.io', resource: 'leases' }

    it.each<[UserName, object, boolean]>([
      ['reader', { verb: 'list', ...leases, namespace: NAMESPACE }, true],
      ['reader', { verb: 'list', ...leases }, false],
      ['reader', { verb: 'update', ...leases, namespace: NAMESPACE }, false],
      ['one-lease', { verb: 'get', ...leases, namespace: NAMESPACE, name: 'mine' }, true],
      ['one-lease', { verb: 'get', ...leases, namespace: NAMESPACE, name: 'yours' }, false],
      ['one-lease', { verb: 'list', ...leases, namespace: NAMESPACE }, false],
      ['clusterwide-reader', { verb: 'list', ...leases }, true],
      ['nobody', { verb: 'get', resource: 'pods', subresource: 'log', namespace: NAMESPACE }, false],
    ])('tell %s of %o: %s', async (user, attributes, allowed) => {
      const { status, body } = await target().as(user).post(reviews, ask(attributes))
      expect([status, body.kind, body.status.allowed]).toEqual([201, 'SelfSubjectAccessReview', allowed])
    })

    const about = (kind: string, user: string, resourceAttributes: object, namespace?: string): object => ({
      apiVersion: 'authorization.k8s.io/v1',
      kind,
      ...(namespace !== undefined && { metadata: { namespace } }),
      spec: { user, groups: ['system:authenticated'], resourceAttributes },
    })
    const others = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
    const othersIn = (namespace: string): string =>
      `/apis/authorization.k8s.io/v1/namespaces/${namespace}/localsubjectaccessreviews`

    it.each<[UserName, object, boolean]>([
      ['reader', { verb: 'list', ...leases, namespace: NAMESPACE }, true],
      ['reader', { verb: 'update', ...leases, namespace: NAMESPACE }, false],
      ['one-lease', { verb: 'update', ...leases, namespace: NAMESPACE, name: 'mine' }, true],
      ['one-lease', { verb: 'update', ...leases, namespace: NAMESPACE, name: 'yours' }, false],
    ])('tell the administrator of %s and %o: %s', async (user, attributes, allowed) => {
      const { status, body } = await target().admin.post(others, about('SubjectAccessReview', user, attributes))
      expect([status, body.kind, body.status.allowed]).toEqual([201, 'SubjectAccessReview', allowed])
    })

    it('tell a user who may ask in a namespace about other users there, and only there', async () => {
      const reviewer = target().as('reviewer')
      const question = (namespace: string): object =>
        about('LocalSubjectAccessReview', 'reader', { verb: 'get', ...leases, namespace }, namespace)
      const { status, body } = await reviewer.post(othersIn(NAMESPACE), question(NAMESPACE))
      expect([status, body.kind, body.status.allowed]).toEqual([201, 'LocalSubjectAccessReview', true])
      expect((await reviewer.post(othersIn(OTHER_NAMESPACE), question(OTHER_NAMESPACE))).status).toBe(403)
      const across = about('SubjectAccessReview', 'reader', { verb: 'get', ...leases, namespace: NAMESPACE })
      expect((await reviewer.post(others, across)).status).toBe(403)
    })

    it.each([
      ['about nobody', others, ask({ verb: 'get', ...leases })],
      [
        'about another namespace than its own',
        othersIn(NAMESPACE),
        about('LocalSubjectAccessReview', 'reader', { verb: 'get', ...leases, namespace: OTHER_NAMESPACE }, NAMESPACE),
      ],
    ])('refuse a question %s', async (_what, path, question) => {
      const { status, body } = await target().admin.post(path, { ...question, kind: undefined })
      expect([status, body.reason]).toEqual([422, 'Invalid'])
    })

    it('list the rules of a namespace', async () => {
      const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'
      const { status, body } = await target()
        .as('reader')
        .post(path, { spec: { namespace: NAMESPACE } })
      expect(status).toBe(201)
      expect(body.status).toMatchObject({ incomplete: false })
      expect(body.status.resourceRules).toContainEqual({
        verbs: ['get', 'list', 'watch'],
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
      })
    })
  })
}
