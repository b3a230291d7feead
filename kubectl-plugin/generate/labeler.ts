import type { V1Deployment, V1ServiceAccount, V1ValidatingAdmissionPolicy, V1ValidatingAdmissionPolicyBinding } from '@kubernetes/client-node'
import { fenceAnnotation } from '../../shared/label/labeled-pods.ts'
import type { LockKind } from '../../shared/lease/election-ref.ts'
import type { Wire } from '../../shared/wire.ts'
import { POD_NAMESPACE, RESTRICTED, type Manifest } from './manifest.ts'
import { candidateRules, lockedResource, roleManifests, type PolicyRule } from './rbac.ts'

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

const ADMISSION = 'admissionregistration.k8s.io'

/** The name of all objects, and of the lease of the labelers. */
const nameOf = ({ name }: Pick<LabelerOptions, 'name'>): string => `${name}-labeler`

/** What writing the label needs. */
export const LABEL_RULES: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'patch'] },
  { apiGroups: ['apps'], resources: ['replicasets', 'statefulsets', 'daemonsets'], verbs: ['get'] },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get'] },
]

/** A Role with what a candidate needs to label its own Pod, and, if wanted, the policy that limits what it writes. */
export function ownLabelManifests(options: {
  readonly namespace: string
  readonly name: string
  readonly serviceAccount: string
  readonly label: { readonly key: string; readonly value: string }
  readonly hasPolicy: boolean
}): Manifest[] {
  const { namespace, serviceAccount, label, hasPolicy } = options
  const name = `${options.name}-label`
  const role = roleManifests({ namespace, name, serviceAccount, rules: LABEL_RULES })
  return [...(hasPolicy ? policy({ namespace, name, serviceAccount, label }) : []), ...role]
}

/** What the labeler needs, and no more. RBAC cannot restrict `patch` to a label: the policy does. */
export function labelerRules(options: Pick<LabelerOptions, 'name' | 'lock'>): PolicyRule[] {
  return [
    ...candidateRules({ name: nameOf(options), lock: 'lease', mayWatch: true, mayRecordEvents: false }),
    { ...lockedResource(options.lock), resourceNames: [options.name], verbs: ['list', 'watch'] },
    ...LABEL_RULES,
  ]
}

/** The labeler with its account, Role and, if wanted, the policy that limits what it writes. */
export function labelerManifests(options: LabelerOptions): Manifest[] {
  const { namespace, hasPolicy } = options
  const name = nameOf(options)
  const account: Wire<V1ServiceAccount> = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }
  const role = roleManifests({ namespace, name, serviceAccount: name, rules: labelerRules(options) })
  // The policy comes first, so that the account is never without it.
  return [...(hasPolicy ? policy({ ...options, name, serviceAccount: name }) : []), account, ...role, deployment(options)]
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
                '--namespace=$(POD_NAMESPACE)',
                `--label=${label.key}=${label.value}`,
                ...(labelSelector === undefined ? [] : [`--selector=${labelSelector}`]),
              ],
              env: [POD_NAMESPACE],
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
function policy(options: {
  readonly namespace: string
  readonly name: string
  readonly serviceAccount: string
  readonly label: LabelerOptions['label']
}): [Wire<V1ValidatingAdmissionPolicy>, Wire<V1ValidatingAdmissionPolicyBinding>] {
  const { namespace, serviceAccount, label } = options
  const name = `${options.name}.${namespace}`
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
        matchConditions: [{ name: 'labeler', expression: `request.userInfo.username == "system:serviceaccount:${namespace}:${serviceAccount}"` }],
        variables: [
          { name: 'labels', expression: map('object', 'labels') },
          { name: 'old_labels', expression: map('oldObject', 'labels') },
          { name: 'annotations', expression: map('object', 'annotations') },
          { name: 'old_annotations', expression: map('oldObject', 'annotations') },
        ],
        validations: [
          { expression: 'object.spec == oldObject.spec', message: 'This account may not change the spec of a Pod.' },
          {
            expression: `${differsOnlyIn('labels', label.key)} && (!(${key} in variables.labels) || variables.labels[${key}] == ${value})`,
            message: `This account may write only the label ${label.key}=${label.value}.`,
          },
          { expression: differsOnlyIn('annotations', fenceAnnotation(label.key)), message: `This account may write only the annotation ${fenceAnnotation(label.key)}.` },
          { expression: `${isSame('finalizers')} && ${isSame('ownerReferences')}`, message: 'This account may not change the finalizers or owners of a Pod.' },
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
