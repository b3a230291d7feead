import type { V1Container, V1Deployment } from '@kubernetes/client-node'
import type { LockKind } from '../../shared/lease/election-ref.ts'
import type { Wire } from '../../shared/wire.ts'
import type { Label } from '../label/label-request.ts'
import { POD_NAMESPACE, RESTRICTED } from './manifest.ts'

/** How the program uses the sidecar. */
export type SidecarMode =
  /** Only the leader's Pod is Ready, so a Service routes to it alone. */
  | 'readiness'
  /** The program reads the leader over HTTP. */
  | 'http'
  /** The leader's Pod has a label, which a Service selects. */
  | 'label'

/** A program that runs in several Pods, with a kubectl-leader sidecar in each. */
export interface SidecarOptions {
  readonly namespace: string
  /** The election. */
  readonly name: string
  readonly lock: LockKind
  readonly mode: SidecarMode
  /** The name of the Deployment, and a label of its Pods, so at most 63 characters. */
  readonly app: string
  readonly serviceAccount: string
  readonly replicas: number
  /** An image with `kubectl-leader` on its PATH. */
  readonly image: string
  readonly appImage: string
  /**
   * Whether to use a native sidecar container (Kubernetes 1.29 or later). It stops after the program, so it can release the
   * lease when it stops.
   */
  readonly isNative: boolean
  /** With the mode `label`, if the sidecar labels its own Pod; otherwise the labeler does. */
  readonly ownLabel?: Label
}

/** The port of the sidecar's HTTP server, on loopback, which the containers of a Pod share. */
export const STATUS_PORT = 4040
/** The port that is open while the sidecar leads, for the kubelet, which connects from outside the Pod. */
export const READY_PORT = 4041

/**
 * The termination grace period with an ordinary sidecar, in seconds. Both containers are stopped at the same time, so the
 * sidecar does not release the lease, but lets it expire. With a lease duration of 15s and a renewal every 2s, that is at
 * least 13s after the stop. By then, the kubelet must have killed the program.
 */
const GRACE_WITHIN_LEASE_SECONDS = 10
/** The default of Kubernetes, for a sidecar that stops after the program. */
const GRACE_SECONDS = 30
/** Kubernetes treats this value as "no deadline" (`HasProgressDeadline`). */
const NO_PROGRESS_DEADLINE = 2_147_483_647

const POD_NAME = { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }

/** The labels of the program's Pods. */
export function appLabels({ app }: Pick<SidecarOptions, 'app'>): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': app }
}

/** A Deployment that runs a program with a kubectl-leader sidecar in each Pod. */
export function sidecarManifest(options: SidecarOptions): Wire<V1Deployment> {
  const { namespace, app, mode, isNative } = options
  const program = { name: 'app', image: options.appImage, env: [...(mode === 'http' ? STATUS_ENV : []), POD_NAME] }
  const sidecar = sidecarContainer(options)
  const labels = appLabels(options)
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app, namespace, labels },
    spec: {
      replicas: options.replicas,
      // Only the leader's Pod becomes Ready, so a rollout must neither wait for the others nor count as stuck.
      ...(mode === 'readiness' && {
        progressDeadlineSeconds: NO_PROGRESS_DEADLINE,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%' } },
      }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: options.serviceAccount,
          terminationGracePeriodSeconds: isNative ? GRACE_SECONDS : GRACE_WITHIN_LEASE_SECONDS,
          ...(isNative && { initContainers: [{ ...sidecar, restartPolicy: 'Always' }] }),
          containers: isNative ? [program] : [program, sidecar],
        },
      },
    },
  }
}

const MODE_ARGS: Readonly<Record<SidecarMode, readonly string[]>> = {
  readiness: [`--ready-port=${READY_PORT}`],
  http: [`--http=127.0.0.1:${STATUS_PORT}`],
  label: [],
}

function labelArgs(options: SidecarOptions): readonly string[] {
  const { ownLabel: label } = options
  return label ? [`--label=${label.key}=${label.value}`, `--selector=${selectorText(appLabels(options))}`] : []
}

/** Labels as a selector for a flag. */
export function selectorText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(',')
}

const STATUS_ENV = [{ name: 'LEADER_URL', value: `http://127.0.0.1:${STATUS_PORT}/` }]

function sidecarContainer(options: SidecarOptions): Wire<V1Container> {
  const { name, lock, mode, image, isNative } = options
  const isReadiness = mode === 'readiness'
  return {
    name: 'leader',
    image,
    command: ['kubectl-leader', 'join', `${lock}/${name}`],
    args: [
      '--namespace=$(POD_NAMESPACE)',
      '--id=$(POD_NAME)',
      '--lease-duration=15s',
      // The other candidates are sidecars of the same Deployment, so no confirmation and no maximum hold time are needed.
      '--yes',
      '--max-hold=0',
      ...MODE_ARGS[mode],
      ...labelArgs(options),
      ...(isNative ? [] : ['--no-release']),
    ],
    env: [POD_NAME, POD_NAMESPACE],
    ...(isReadiness && {
      ports: [{ name: 'leading', containerPort: READY_PORT }],
      // Not a TCP probe, because the kernel accepts connections even if the process is paused.
      readinessProbe: { httpGet: { path: '/leader', port: 'leading' }, periodSeconds: 1, failureThreshold: 1 },
    }),
    resources: { requests: { cpu: '10m', memory: '96Mi' }, limits: { memory: '192Mi' } },
    securityContext: RESTRICTED,
  }
}
