import { dump } from 'js-yaml'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { parseKubeconfig, type Kubeconfig } from '../../shared/cluster/connection/kubeconfig-file.ts'
import { mergeKubeconfigs } from '../../shared/cluster/connection/kubeconfig.ts'
import { connect } from '../../shared/cluster/connection/connection.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { anyFields, anyJson, hostileText, objectOf } from './arbitrary.ts'

const name = fc.constantFrom('a', 'b', '', 'c d', '\u202e')
const members = (key: string, fields: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 6, arbitrary: fc.array(objectOf({ name: fc.oneof(name, anyJson), [key]: fields }), { maxLength: 3 }) }, { weight: 1, arbitrary: anyJson })
const server = fc.oneof(fc.constantFrom('https://127.0.0.1:6443', 'http://[::1]', 'https://host/prefix/', 'ftp://x', '//', 'https://'), anyJson)

const content = objectOf({
  kind: fc.constantFrom('Config', undefined, 'List'),
  'current-context': fc.oneof(name, anyJson),
  contexts: members('context', fc.oneof(objectOf({ cluster: name, user: name, namespace: fc.oneof(hostileText, anyJson) }), anyJson)),
  clusters: members('cluster', fc.oneof(objectOf({ server, 'certificate-authority-data': anyJson, 'insecure-skip-tls-verify': fc.oneof(fc.boolean(), anyJson), 'proxy-url': fc.oneof(server, anyJson), 'tls-server-name': anyJson, extensions: anyJson }), anyJson)),
  users: members('user', fc.oneof(anyFields('token', 'username', 'password', 'as', 'as-uid', 'as-groups', 'as-user-extra', 'auth-provider', 'client-certificate-data', 'client-key-data'), objectOf({ token: hostileText }), anyJson)),
})

const text = fc.oneof(
  { weight: 5, arbitrary: content.map((value) => JSON.stringify(value)) },
  { weight: 3, arbitrary: content.map((value) => dump(JSON.parse(JSON.stringify(value)))) },
  { weight: 1, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.constantFrom('---\n', '{', 'a: &a [*a]', '<<: 1', '- !!js/function x', 'x: !!binary zz', 'a: 1\na: 2', '? [1]\n: 2') },
)

/** Parses, or gives null where it was refused as it should be. */
async function parsed(each: string): Promise<Kubeconfig | null> {
  try {
    return await parseKubeconfig(each, '/home/me/.kube/config')
  } catch (error) {
    expect(error).toBeInstanceOf(ClusterError)
    expect((error as ClusterError).kind).toBe('config')
    return null
  }
}

describe('any kubeconfig', () => {
  it('is read, or refused as one', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (each) => {
        const kubeconfig = await parsed(each)
        for (const cluster of kubeconfig?.clusters.values() ?? []) expect(cluster.server === undefined || typeof cluster.server === 'string').toBe(true)
      }),
    )
  })

  it('is merged with another so that the first of a name wins', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, async (a, b) => {
        const [first, second] = [await parsed(a), await parsed(b)]
        if (!first || !second) return
        const merged = mergeKubeconfigs([first, second])
        for (const [key, cluster] of second.clusters) expect(merged.clusters.get(key)).toBe(first.clusters.get(key) ?? cluster)
        expect(merged.currentContext).toBe(first.currentContext ?? second.currentContext)
      }),
    )
  })

  it('leads to a connection, or to a refusal that says so, before anything is sent', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (each) => {
        try {
          const client = await connect({ kubeConfig: { exportConfig: () => each } }, { env: {}, clock: systemClock, version: 'test' })
          expect(client.server).toMatch(/^https?:/)
          client.close()
        } catch (error) {
          expect(error).toBeInstanceOf(ClusterError)
          expect((error as ClusterError).kind).toBe('config')
        }
      }),
    )
  })
})
