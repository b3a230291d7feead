import type { V1Service } from '@kubernetes/client-node'
import type { Wire } from '../../shared/wire.ts'
import type { Label } from '../label/label-request.ts'
import { labelerManifests, ownLabelManifests } from './labeler.ts'
import type { Manifest } from './manifest.ts'
import { rbacManifests } from './rbac.ts'
import { appLabels, selectorText, sidecarManifest, type SidecarOptions } from './sidecar.ts'

/** Which process writes the label. Permission to patch Pods permits more than a label: only the labeler's account needs it, by default. */
export type LabelWriter = 'labeler' | 'sidecar'

export interface LabelModeOptions extends Omit<SidecarOptions, 'mode' | 'ownLabel'> {
  readonly label: Label
  readonly writer: LabelWriter
  readonly isNewAccount: boolean
  /** The port of the program, and of the Service. */
  readonly port: number
  /** Whether to print a ValidatingAdmissionPolicy (Kubernetes 1.30 or later). */
  readonly hasPolicy: boolean
}

/** The program with a sidecar in each Pod, a Service of the labeled Pod, what writes the label, and the RBAC of both. */
export function labelModeManifests(options: LabelModeOptions): Manifest[] {
  const { namespace, name, lock, label, writer, image, serviceAccount, hasPolicy } = options
  const writing =
    writer === 'sidecar'
      ? ownLabelManifests({ namespace, name, serviceAccount, label, hasPolicy })
      : labelerManifests({ namespace, name, lock, label, image, hasPolicy, replicas: 2, labelSelector: selectorText(appLabels(options)) })
  const deployment = sidecarManifest({ ...options, mode: 'label', ...(writer === 'sidecar' && { ownLabel: label }) })
  return [...rbacManifests({ ...options, mayWatch: true, mayRecordEvents: true }), ...writing, deployment, service(options)]
}

function service(options: LabelModeOptions): Wire<V1Service> {
  const { namespace, app, label, port } = options
  const labels = appLabels(options)
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: app, namespace, labels },
    spec: { selector: { ...labels, [label.key]: label.value }, ports: [{ port }] },
  }
}
