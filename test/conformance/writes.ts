import { describe, expect, it } from 'vitest'
import { configMapsPath, freshName, lease, leasePath, leasesPath, pod, podsPath } from './objects.ts'
import { NAMESPACE, type ConformanceTarget } from './target.ts'

/** Creating, reading and replacing. */
export function describeWrites(target: () => ConformanceTarget): void {
  describe('create', () => {
    it('answers 201 with the object, and with what the server adds', async () => {
      const name = freshName()
      const { status, body } = await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'a' }))
      expect(status).toBe(201)
      expect(body).toMatchObject({
        kind: 'Lease',
        apiVersion: 'coordination.k8s.io/v1',
        metadata: { name, namespace: NAMESPACE },
        spec: { holderIdentity: 'a' },
      })
      expect(body.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-/)
      expect(body.metadata.resourceVersion).toMatch(/^[1-9]\d*$/)
      expect(body.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    })

    it('takes kind and apiVersion from the path where the body has none', async () => {
      const name = freshName()
      const { status, body } = await target().admin.post(leasesPath(), { metadata: { name } })
      expect([status, body.kind]).toEqual([201, 'Lease'])
    })

    it('makes up a name from generateName', async () => {
      const { status, body } = await target().admin.post(leasesPath(), { metadata: { generateName: 'gen-' } })
      expect(status).toBe(201)
      expect(body.metadata).toMatchObject({ generateName: 'gen-', name: expect.stringMatching(/^gen-[a-z0-9]{5}$/) })
    })

    it('refuses a name that is taken', async () => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name))
      const { status, body } = await target().admin.post(leasesPath(), lease(name))
      expect(status).toBe(409)
      expect(body).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `leases.coordination.k8s.io "${name}" already exists`,
        reason: 'AlreadyExists',
        details: { name, group: 'coordination.k8s.io', kind: 'leases' },
        code: 409,
      })
    })

    it('refuses a namespace that is not there', async () => {
      const { status, body } = await target().admin.post(leasesPath('nowhere'), lease('x'))
      expect(status).toBe(404)
      expect(body).toMatchObject({
        message: 'namespaces "nowhere" not found',
        reason: 'NotFound',
        details: { name: 'nowhere', kind: 'namespaces' },
      })
    })

    it('refuses a body of another namespace', async () => {
      const { status, body } = await target().admin.post(leasesPath(), lease('x', {}, { namespace: 'default' }))
      expect([status, body.reason]).toEqual([400, 'BadRequest'])
      expect(body.message).toMatch(/^the namespace of the provided object does not match the namespace sent on the req/)
    })

    it('refuses a collection across namespaces', async () => {
      const { status, body } = await target().admin.post('/apis/coordination.k8s.io/v1/leases', lease('x'))
      expect([status, body.reason]).toEqual([405, 'MethodNotAllowed'])
    })

    it('ignores the status of a new Pod', async () => {
      const body = { ...pod(freshName('pod')), status: { phase: 'Running' } }
      expect((await target().admin.post(podsPath(), body)).body.status.phase).toBe('Pending')
    })

    it.each([
      ['no JSON', 'no json'],
      ['an array', '[]'],
      ['another kind', { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x' } }],
      ['another version', { kind: 'Lease', apiVersion: 'coordination.k8s.io/v9', metadata: { name: 'x' } }],
      ['text for a number', lease('x', { leaseDurationSeconds: '15' })],
      ['a fraction of a second', lease('x', { leaseDurationSeconds: 1.5 })],
      ['more than 32 bits', lease('x', { leaseDurationSeconds: 3_000_000_000 })],
      ['a number for text', lease('x', { holderIdentity: 7 })],
      ['a time without microseconds', lease('x', { renewTime: '2026-01-01T00:00:00Z' })],
      ['a time in milliseconds', lease('x', { renewTime: '2026-01-01T00:00:00.123Z' })],
      ['a day that there is not', lease('x', { renewTime: '2026-02-30T00:00:00.000000Z' })],
    ])('refuses %s as a bad request', async (_what, sent) => {
      const { status, body } = await target().admin.post(leasesPath(), sent)
      expect([status, body.kind, body.status, body.reason]).toEqual([400, 'Status', 'Failure', 'BadRequest'])
    })

    it.each([
      ['no name', lease(''), 'metadata.name', 'FieldValueRequired'],
      ['a name with capitals', lease('Capital'), 'metadata.name', 'FieldValueInvalid'],
      ['a name with an underscore', lease('under_score'), 'metadata.name', 'FieldValueInvalid'],
      ['a name of 254 characters', lease('a'.repeat(254)), 'metadata.name', 'FieldValueInvalid'],
      ['no duration', lease('x', { leaseDurationSeconds: 0 }), 'spec.leaseDurationSeconds', 'FieldValueInvalid'],
      [
        'a negative duration',
        lease('x', { leaseDurationSeconds: -1 }),
        'spec.leaseDurationSeconds',
        'FieldValueInvalid',
      ],
      ['negative transitions', lease('x', { leaseTransitions: -1 }), 'spec.leaseTransitions', 'FieldValueInvalid'],
      ['a label key with a space', lease('x', {}, { labels: { 'a b': '' } }), 'metadata.labels', 'FieldValueInvalid'],
      ['a label value with a space', lease('x', {}, { labels: { a: 'b c' } }), 'metadata.labels', 'FieldValueInvalid'],
      [
        'an annotation key with a space',
        lease('x', {}, { annotations: { 'a b': '' } }),
        'metadata.annotations',
        'FieldValueInvalid',
      ],
    ])('refuses %s as invalid, naming the field', async (_what, sent, field, reason) => {
      const { status, body } = await target().admin.post(leasesPath(), sent)
      expect([status, body.reason, body.details.kind]).toEqual([422, 'Invalid', 'Lease'])
      expect(body.details.causes).toMatchObject([{ field, reason }])
      expect(body.message).toContain(`${field}: ${body.details.causes[0].message}`)
    })

    it('names all that is invalid', async () => {
      const sent = lease('x', { leaseDurationSeconds: 0, leaseTransitions: -1 })
      const { body } = await target().admin.post(leasesPath(), sent)
      expect(body.message).toMatch(
        /^Lease\.coordination\.k8s\.io "x" is invalid: \[spec\.leaseDuration.*, spec\.leaseTr.*]$/,
      )
      expect(body.details.causes).toHaveLength(2)
    })

    it('keeps an identity of 10 KB, and one with control characters', async () => {
      for (const holderIdentity of ['x'.repeat(10_240), '\u001b[31mred\u202e\n']) {
        const { body } = await target().admin.post(leasesPath(), lease(freshName(), { holderIdentity }))
        expect(body.spec.holderIdentity).toBe(holderIdentity)
      }
    })
  })

  describe('fields', () => {
    it.each([
      ['an empty holder stays', { holderIdentity: '' }, { holderIdentity: '' }],
      ['what the kind does not have is dropped', { holderIdentity: 'a', unknown: 1 }, { holderIdentity: 'a' }],
      ['null is as absent', { holderIdentity: null, leaseDurationSeconds: null }, {}],
      ['a null spec is an empty one', null, {}],
      ['zero transitions stay', { leaseTransitions: 0 }, { leaseTransitions: 0 }],
      ['microseconds stay', { renewTime: '2026-01-01T00:00:00.000001Z' }, { renewTime: '2026-01-01T00:00:00.000001Z' }],
      [
        'times are turned into UTC',
        { renewTime: '2026-01-01T01:30:00.500000+02:00' },
        { renewTime: '2025-12-31T23:30:00.500000Z' },
      ],
      ["Go's zero time is null", { renewTime: '0001-01-01T00:00:00.000000Z' }, { renewTime: null }],
    ])('%s', async (_what, spec, stored) => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name, spec))
      expect((await target().admin.get(leasePath(name))).body.spec).toEqual(stored)
    })

    it('keeps labels and annotations, and drops a field manager of someone else', async () => {
      const metadata = { labels: { a: 'b' }, annotations: { 'example.com/c': 'd e' } }
      const { body } = await target().admin.post(leasesPath(), lease(freshName(), {}, metadata))
      expect(body.metadata).toMatchObject(metadata)
    })

    it('notes which manager wrote which fields', async () => {
      const options = { query: { fieldManager: 'tester' } }
      const { body } = await target().admin.post(leasesPath(), lease(freshName(), { holderIdentity: 'a' }), options)
      expect(body.metadata.managedFields).toMatchObject([
        {
          manager: 'tester',
          operation: 'Update',
          apiVersion: 'coordination.k8s.io/v1',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': { 'f:holderIdentity': {} } },
        },
      ])
    })

    it('notes a new manager beside the old one', async () => {
      const name = freshName()
      const post = { query: { fieldManager: 'first' } }
      const { body } = await target().admin.post(
        leasesPath(),
        lease(name, { holderIdentity: 'a', leaseTransitions: 1 }),
        post,
      )
      const sent = { ...body, spec: { holderIdentity: 'b', leaseTransitions: 1 } }
      const put = await target().admin.put(leasePath(name), sent, { query: { fieldManager: 'second' } })
      const owners = Object.fromEntries(
        (put.body.metadata.managedFields as { manager: string; fieldsV1: Record<string, object> }[]).map((entry) => [
          entry.manager,
          Object.keys(entry.fieldsV1['f:spec'] ?? {}),
        ]),
      )
      expect(owners).toEqual({ first: ['f:leaseTransitions'], second: ['f:holderIdentity'] })
    })
  })

  describe('update', () => {
    it('replaces the object under a new resourceVersion', async () => {
      const name = freshName()
      const { body: old } = await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'a' }))
      const { status, body } = await target().admin.put(leasePath(name), { ...old, spec: { holderIdentity: 'b' } })
      expect([status, body.spec.holderIdentity]).toEqual([200, 'b'])
      expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(Number(old.metadata.resourceVersion))
      expect(body.metadata).toMatchObject({ uid: old.metadata.uid, creationTimestamp: old.metadata.creationTimestamp })
    })

    it('leaves out what the new object leaves out', async () => {
      const name = freshName()
      const { body: old } = await target().admin.post(
        leasesPath(),
        lease(name, { holderIdentity: 'a' }, { labels: { a: 'b' } }),
      )
      const { resourceVersion } = old.metadata
      const { body } = await target().admin.put(
        leasePath(name),
        lease(name, { leaseTransitions: 1 }, { resourceVersion }),
      )
      expect(body.spec).toEqual({ leaseTransitions: 1 })
      expect(body.metadata.labels).toBeUndefined()
    })

    it('refuses a resourceVersion that is not the current one', async () => {
      const name = freshName()
      const { body: old } = await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'a' }))
      await target().admin.put(leasePath(name), { ...old, spec: { holderIdentity: 'b' } })
      const { status, body } = await target().admin.put(leasePath(name), { ...old, spec: { holderIdentity: 'c' } })
      expect(status).toBe(409)
      expect(body).toMatchObject({
        reason: 'Conflict',
        details: { name, group: 'coordination.k8s.io', kind: 'leases' },
        message:
          `Operation cannot be fulfilled on leases.coordination.k8s.io "${name}": the object has been modified; ` +
          'please apply your changes to the latest version and try again',
      })
      expect((await target().admin.get(leasePath(name))).body.spec.holderIdentity).toBe('b')
    })

    it('lets one of two writers of the same version win', async () => {
      const name = freshName()
      const { body: old } = await target().admin.post(leasesPath(), lease(name))
      const replies = await Promise.all(
        ['a', 'b', 'c', 'd'].map((holderIdentity) =>
          target().admin.put(leasePath(name), { ...old, spec: { holderIdentity } }),
        ),
      )
      expect(replies.map((reply) => reply.status).sort()).toEqual([200, 409, 409, 409])
    })

    it('does not accept a Lease without resourceVersion', async () => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name))
      const { status, body } = await target().admin.put(leasePath(name), lease(name, { holderIdentity: 'b' }))
      expect([status, body.reason]).toEqual([422, 'Invalid'])
      expect(body.details.causes).toMatchObject([{ field: 'metadata.resourceVersion' }])
    })

    it('accepts a ConfigMap without resourceVersion', async () => {
      const name = freshName('cm')
      await target().admin.post(configMapsPath(), { metadata: { name }, data: { a: '1' } })
      const { status, body } = await target().admin.put(`${configMapsPath()}/${name}`, {
        metadata: { name },
        data: { a: '2' },
      })
      expect([status, body.data]).toEqual([200, { a: '2' }])
    })

    it('creates a Lease that is not there, but no ConfigMap', async () => {
      const name = freshName()
      expect((await target().admin.put(leasePath(name), lease(name))).status).toBe(201)
      const { status, body } = await target().admin.put(`${configMapsPath()}/${name}`, { metadata: { name } })
      expect([status, body.reason]).toEqual([404, 'NotFound'])
    })

    it('refuses the UID of another object', async () => {
      const name = freshName()
      const { body: old } = await target().admin.post(leasesPath(), lease(name))
      const sent = { ...old, metadata: { ...old.metadata, uid: 'another' }, spec: { holderIdentity: 'x' } }
      const { status, body } = await target().admin.put(leasePath(name), sent)
      expect([status, body.reason]).toEqual([409, 'Conflict'])
    })

    it('refuses a name that is not that of the path', async () => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name))
      const { status, body } = await target().admin.put(leasePath(name), lease('another'))
      expect([status, body.message]).toEqual([
        400,
        `the name of the object (another) does not match the name on the URL (${name})`,
      ])
    })

    it('refuses what a create would refuse', async () => {
      const name = freshName()
      const { body: old } = await target().admin.post(leasesPath(), lease(name))
      const { status, body } = await target().admin.put(leasePath(name), { ...old, spec: { leaseDurationSeconds: 0 } })
      expect([status, body.details.causes[0].field]).toEqual([422, 'spec.leaseDurationSeconds'])
    })

    it('is not a write if nothing changes', async () => {
      const name = freshName()
      const { body: old } = await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'a' }))
      const { status, body } = await target().admin.put(leasePath(name), old)
      expect([status, body.metadata.resourceVersion]).toEqual([200, old.metadata.resourceVersion])
    })

    it('changes the status of a Pod through its subresource alone', async () => {
      const name = freshName('pod')
      const { body: old } = await target().admin.post(podsPath(), pod(name))
      const status = { ...old.status, phase: 'Running' }
      const { body: same } = await target().admin.put(`${podsPath()}/${name}`, { ...old, status })
      expect(same.status.phase).toBe('Pending')
      const { body: changed } = await target().admin.put(`${podsPath()}/${name}/status`, { ...same, status })
      expect(changed.status.phase).toBe('Running')
    })
  })

  describe('get', () => {
    it('answers 404 with a Status if the object does not exist', async () => {
      const { status, body } = await target().admin.get(leasePath('missing'))
      expect(status).toBe(404)
      expect(body).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'leases.coordination.k8s.io "missing" not found',
        reason: 'NotFound',
        details: { name: 'missing', group: 'coordination.k8s.io', kind: 'leases' },
        code: 404,
      })
    })

    it('sees every write at once', async () => {
      const name = freshName()
      let { body } = await target().admin.post(leasesPath(), lease(name))
      for (const holderIdentity of ['a', 'b', 'c']) {
        body = (await target().admin.put(leasePath(name), { ...body, spec: { holderIdentity } })).body
        expect((await target().admin.get(leasePath(name))).body).toEqual(body)
      }
    })

    it('waits in vain for a resourceVersion that is far ahead', async () => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name))
      const { status, body } = await target().admin.get(leasePath(name), { query: { resourceVersion: 999_999_999 } })
      expect([status, body.reason]).toEqual([504, 'Timeout'])
      expect(body.details.causes).toMatchObject([{ reason: 'ResourceVersionTooLarge' }])
    })
  })

  describe('dry run', () => {
    it('shows what a create would give, and creates nothing', async () => {
      const name = freshName()
      const sent = lease(name, { holderIdentity: 'a' })
      const { status, body } = await target().admin.post(leasesPath(), sent, { query: { dryRun: 'All' } })
      expect([status, body.spec.holderIdentity]).toEqual([201, 'a'])
      expect((await target().admin.get(leasePath(name))).status).toBe(404)
    })

    it('shows what an update would give, and changes nothing', async () => {
      const name = freshName()
      const { body: old } = await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'a' }))
      const sent = { ...old, spec: { holderIdentity: 'b' } }
      const { status, body } = await target().admin.put(leasePath(name), sent, { query: { dryRun: 'All' } })
      expect([status, body.spec.holderIdentity]).toEqual([200, 'b'])
      expect((await target().admin.get(leasePath(name))).body).toEqual(old)
    })

    it('refuses what the real thing would refuse', async () => {
      const name = freshName()
      const { body: old } = await target().admin.post(leasesPath(), lease(name, { holderIdentity: 'a' }))
      const query = { dryRun: 'All' }
      expect((await target().admin.post(leasesPath(), lease(name), { query })).status).toBe(409)
      await target().admin.put(leasePath(name), { ...old, spec: { holderIdentity: 'b' } })
      expect((await target().admin.put(leasePath(name), old, { query })).status).toBe(409)
    })

    it('removes nothing', async () => {
      const name = freshName()
      await target().admin.post(leasesPath(), lease(name))
      const { status } = await target().admin.delete(leasePath(name), undefined, { query: { dryRun: 'All' } })
      expect([status, (await target().admin.get(leasePath(name))).status]).toEqual([200, 200])
    })

    it('is All or nothing', async () => {
      const { status, body } = await target().admin.post(leasesPath(), lease('x'), { query: { dryRun: 'Some' } })
      expect([status, body.reason, body.details.causes[0].field]).toEqual([422, 'Invalid', 'dryRun'])
    })
  })
}
