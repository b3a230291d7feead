import type { Access, AccessQuery, Identity } from './access.ts'
import { isObject } from './schema.ts'
import { badRequest, invalid } from './status.ts'
import { invalidValue } from './validation.ts'

/** The answer to a POST of one of the reviews; null for other resources. */
export function review(access: Access, identity: Identity, { plural, namespace }: ReviewPlace, body: unknown): object | null {
  const spec = isObject(body) && isObject(body['spec']) ? body['spec'] : {}
  switch (plural) {
    case 'selfsubjectaccessreviews':
      return accessReview('SelfSubjectAccessReview', access, identity, spec)
    case 'subjectaccessreviews':
      return accessReview('SubjectAccessReview', access, subjectOf(spec), spec)
    case 'localsubjectaccessreviews':
      requireNamespace(namespace, spec)
      return accessReview('LocalSubjectAccessReview', access, subjectOf(spec), spec)
    case 'selfsubjectrulesreviews':
      return rulesReview(access, identity, spec)
    default:
      return null
  }
}

/** What the path of a review says. */
export interface ReviewPlace {
  readonly plural: string
  readonly namespace: string
}

/** Whom a review asks about. */
function subjectOf(spec: Record<string, unknown>): Identity {
  const { user, groups } = spec
  const name = typeof user === 'string' ? user : ''
  const named = Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : []
  if (name === '' && named.length === 0) {
    throw invalid('', 'authorization.k8s.io', '', [invalidValue('spec.user', '""', 'at least one of user or group must be specified')])
  }
  return { name, groups: named, uid: '' }
}

function requireNamespace(namespace: string, { resourceAttributes }: Record<string, unknown>): void {
  const asked = isObject(resourceAttributes) ? resourceAttributes['namespace'] : undefined
  if (asked === undefined || asked === namespace) return
  const why = 'must match metadata.namespace'
  throw invalid('', 'authorization.k8s.io', '', [invalidValue('spec.resourceAttributes.namespace', JSON.stringify(asked), why)])
}

function accessReview(kind: string, access: Access, identity: Identity, spec: Record<string, unknown>): object {
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
    kind,
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
