import type { Access, AccessQuery, Identity } from './access.ts'
import { isObject } from './schema.ts'
import { badRequest, invalid } from './status.ts'
import { invalidValue } from './validation.ts'

/** The answer to a POST of `selfsubjectaccessreviews` or `selfsubjectrulesreviews`; null for other resources. */
export function review(access: Access, identity: Identity, plural: string, body: unknown): object | null {
  const spec = isObject(body) && isObject(body['spec']) ? body['spec'] : {}
  if (plural === 'selfsubjectaccessreviews') return accessReview(access, identity, spec)
  if (plural === 'selfsubjectrulesreviews') return rulesReview(access, identity, spec)
  return null
}

function accessReview(access: Access, identity: Identity, spec: Record<string, unknown>): object {
  const asked = spec['resourceAttributes']
  if (!isObject(asked)) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
    throw invalid('', 'authorization.k8s.io', '', [invalidValue('spec.resourceAttributes', 'null', why)])
  }
  const text = (field: string): string => (typeof asked[field] === 'string' ? asked[field] : '')
  const subresource = text('subresource')
  const query: AccessQuery = {
    verb: text('verb'),
    group: text('group'),
    resource: subresource ? `${text('resource')}/${subresource}` : text('resource'),
    namespace: text('namespace'),
    name: text('name'),
  }
  return {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: { creationTimestamp: null },
    spec,
    status: { allowed: access.allows(identity, query) },
  }
}

function rulesReview(access: Access, identity: Identity, spec: Record<string, unknown>): object {
  const namespace = spec['namespace']
  if (typeof namespace !== 'string' || !namespace) throw badRequest('no namespace on request')
  const rules = access.rulesOf(identity).filter((rule) => !rule.namespaces || rule.namespaces.includes(namespace))
  return {
    kind: 'SelfSubjectRulesReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: { creationTimestamp: null },
    spec: {},
    status: {
      resourceRules: rules
        .filter((rule) => rule.resources)
        .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, resourceNames })),
      nonResourceRules: rules
        .filter((rule) => rule.nonResourceURLs)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
      incomplete: false,
    },
  }
}
