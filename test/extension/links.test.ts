import { expect, it, vi } from 'vitest'
import type { ElectionHandle } from '../../extension/clusters/election-handle.ts'
import { linkTo, readLink } from '../../extension/links.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))

const EXTENSION = 'kubectl-leader.kubectl-leader'

it.each([
  { context: 'prod-eu', lock: 'lease', namespace: 'shop', name: 'checkout' },
  { context: 'arn:aws:eks:eu-1:1:cluster/a b&name=other', lock: 'configmap', namespace: 'shop', name: 'a.b-c' },
] as const)('a link to $namespace/$name in context $context names the same election', ({ context, ...place }) => {
  const link = linkTo({ contextName: context, ...place } as unknown as ElectionHandle, EXTENSION)
  const { protocol, host, pathname, search } = new URL(link)
  expect({ protocol, host }).toEqual({ protocol: 'vscode:', host: EXTENSION })
  expect(readLink({ path: pathname, query: search.slice(1) })).toEqual({ context, ...place })
})

const GOOD = { context: 'prod', namespace: 'shop', name: 'checkout' }

it.each([
  ['another path', '/failOver', GOOD],
  ['no context', '/election', { ...GOOD, context: '' }],
  ['a context that is too long', '/election', { ...GOOD, context: 'x'.repeat(501) }],
  ['a namespace with a path', '/election', { ...GOOD, namespace: '../kube-system' }],
  ['a name with a path', '/election', { ...GOOD, name: '../../secrets/x' }],
  ['a name with a control character', '/election', { ...GOOD, name: 'a\u001b[31m' }],
  ['a name that ends with a line', '/election', { ...GOOD, name: 'a\n' }],
  ['no name', '/election', { context: 'prod', namespace: 'shop' }],
  ['an unknown lock', '/election', { ...GOOD, lock: 'secret' }],
])('is refused: %s', (_, path, query: Record<string, string>) => {
  expect(readLink({ path, query: new URLSearchParams(query).toString() })).toBeNull()
})
