import type { V1Deployment, V1Role, V1RoleBinding, V1ServiceAccount, V1ValidatingAdmissionPolicy, V1ValidatingAdmissionPolicyBinding } from '@kubernetes/client-node'
import { fenceAnnotation } from '../../shared/label/labeled-pods.ts'
import type { LockKind } from '../../shared/lease/index.ts'
import type { Wire } from '../../shared/wire.ts'
import { RESTRICTED, type Manifest } from './manifest.ts'
import { candidateRules, lockedResource, type PolicyRule } from './rbac.ts'

/** A Deployment of `label`, for one election. */
export interface LabelerOptions {
  readonly namespace: string
  /** The election. */
  readonly name: string
  readonly lock: LockKind
  readonly label: { readonly key: string; readonly value: string }
  /** Absent: all Pods of the namespace. */
  readonly labelSelector?: string
  /** An image with `kubectl-leader` on its PATH. */
  readonly image: string
  readonly replicas: number
  /** Whether to print a ValidatingAdmissionPolicy (Kubernetes 1.30 or later). */
  readonly hasPolicy: boolean
}

const RBAC = 'rbac.authorization.k8s.io'
const ADMISSION = 'admissionregistration.k8s.io'

/** The name of all objects, and of the lease of the labelers. */
const nameOf = ({ name }: LabelerOptions): string => `${name}-labeler`

/** What the labeler needs, and no more. RBAC cannot restrict `patch` to a label: the policy does. */
export function labelerRules(options: Pick<LabelerOptions, 'name' | 'lock'>): PolicyRule[] {
  const lease = `${options.name}-labeler`
  return [
    ...candidateRules({ name: lease, lock: 'lease', mayWatch: true, mayRecordEvents: false }),
    { ...lockedResource(options.lock), resourceNames: [options.name], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'patch'] },
    { apiGroups: ['apps'], resources: ['replicasets', 'statefulsets', 'daemonsets'], verbs: ['get'] },
    { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get'] },
  ]
}

/** The labeler with its account, Role and, if wanted, the policy that limits what it writes. */
export function labelerManifests(options: LabelerOptions): Manifest[] {
  const { namespace, hasPolicy } = options
  const name = nameOf(options)
  const metadata = { name, namespace }
  const account: Wire<V1ServiceAccount> = { apiVersion: 'v1', kind: 'ServiceAccount', metadata }
  const role: Wire<V1Role> = { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules: labelerRules(options) }
  const binding: Wire<V1RoleBinding> = {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: RBAC, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  }
  // The policy comes first, so that the account is never without it.
  return [...(hasPolicy ? policy(options) : []), account, role, binding, deployment(options)]
}

function deployment(options: LabelerOptions): Wire<V1Deployment> {
  const { namespace, name: election, lock, label, labelSelector, image, replicas } = options
  const name = nameOf(options)
  const labels = { 'app.kubernetes.io/name': name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          containers: [
            {
              name: 'labeler',
              image,
              command: ['kubectl-leader', 'label', `${lock}/${election}`],
              args: [
                `--namespace=${namespace}`,
                `--label=${label.key}=${label.value}`,
                ...(labelSelector === undefined ? [] : [`--selector=${labelSelector}`]),
              ],
              resources: { requests: { cpu: '10m', memory: '96Mi' }, limits: { memory: '192Mi' } },
              securityContext: RESTRICTED,
            },
          ],
        },
      },
    },
  }
}

/** Lets the account change nothing of a Pod but the label and the annotation. */
function policy(options: LabelerOptions): [Wire<V1ValidatingAdmissionPolicy>, Wire<V1ValidatingAdmissionPolicyBinding>] {
  const { namespace, label } = options
  const name = `${nameOf(options)}.${namespace}`
  const map = (object: string, field: string): string => `has(${object}.metadata.${field}) ? ${object}.metadata.${field} : {}`
  const isSame = (field: string): string => `has(object.metadata.${field}) == has(oldObject.metadata.${field}) && (!has(object.metadata.${field}) || object.metadata.${field} == oldObject.metadata.${field})`
  const differsOnlyIn = (field: string, key: string): string =>
    `variables.${field}.all(key, key == ${JSON.stringify(key)} || (key in variables.old_${field} && variables.old_${field}[key] == variables.${field}[key])) && ` +
    `variables.old_${field}.all(key, key == ${JSON.stringify(key)} || key in variables.${field})`
  const value = JSON.stringify(label.value)
  const key = JSON.stringify(label.key)
  return [
    {
      apiVersion: `${ADMISSION}/v1`,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['UPDATE'] }] },
        matchConditions: [{ name: 'labeler', expression: `request.userInfo.username == "system:serviceaccount:${namespace}:${nameOf(options)}"` }],
        variables: [
          { name: 'labels', expression: map('object', 'labels') },
          { name: 'old_labels', expression: map('oldObject', 'labels') },
          { name: 'annotations', expression: map('object', 'annotations') },
          { name: 'old_annotations', expression: map('oldObject', 'annotations') },
        ],
        validations: [
          { expression: 'object.spec == oldObject.spec', message: 'The labeler may not change the spec of a Pod.' },
          {
            expression: `${differsOnlyIn('labels', label.key)} && (!(${key} in variables.labels) || variables.labels[${key}] == ${value})`,
            message: `The labeler may write only the label ${label.key}=${label.value}.`,
          },
          { expression: differsOnlyIn('annotations', fenceAnnotation(label.key)), message: `The labeler may write only the annotation ${fenceAnnotation(label.key)}.` },
          { expression: `${isSame('finalizers')} && ${isSame('ownerReferences')}`, message: 'The labeler may not change the finalizers or owners of a Pod.' },
        ],
      },
    },
    {
      apiVersion: `${ADMISSION}/v1`,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
      },
    },
  ]
}
