import type { ClusterLockKind } from '../election-name.ts'
import type { Manifest } from './manifest.ts'

/** How the program beside the sidecar makes use of it. */
export type SidecarMode =
  /** Only the leader's Pod is Ready, so that a Service reaches it alone. */
  | 'readiness'
  /** The program asks over HTTP who leads. */
  | 'http'

/** A program that runs in several Pods, with a candidate beside it in each. */
export interface SidecarOptions {
  readonly namespace: string
  /** The election. */
  readonly name: string
  readonly lock: ClusterLockKind
  readonly mode: SidecarMode
  /** Of the Deployment; a label of its Pods, so 63 characters at most. */
  readonly app: string
  readonly serviceAccount: string
  readonly replicas: number
  /** An image with `kubectl-leader` on its PATH. */
  readonly image: string
  readonly appImage: string
  /**
   * Whether the sidecar is one that Kubernetes knows as such (since 1.29): an init container that is stopped after the
   * program. It may then release the lease when it is stopped.
   */
  readonly isNative: boolean
}

/** Where the sidecar answers: on loopback, which the containers of a Pod share. */
export const STATUS_PORT = 4040
/** Where the sidecar listens while it leads: for the kubelet, which comes from outside of the Pod. */
export const READY_PORT = 4041

/**
 * How long the program has to end, in seconds. Beside an ordinary sidecar it is stopped together with it, so the lease
 * is not released but runs out: at least 13 s after the stop, with a lease duration of 15 s that is renewed every 2 s.
 * By then the kubelet must have killed the program.
 */
const GRACE_WITHIN_LEASE_SECONDS = 10
/** Kubernetes' own default, where the sidecar outlives the program. */
const GRACE_SECONDS = 30
/** Kubernetes takes it for "no deadline" (`HasProgressDeadline`). */
const NO_PROGRESS_DEADLINE = 2_147_483_647

const POD_NAME = { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }

/** A Deployment of a program, with a candidate beside it in each Pod. */
export function sidecarManifest(options: SidecarOptions): Manifest {
  const { namespace, app, mode, isNative } = options
  const program = { name: 'app', image: options.appImage, env: [...(mode === 'http' ? STATUS_ENV : []), POD_NAME] }
  const sidecar = sidecarContainer(options)
  const labels = { 'app.kubernetes.io/name': app }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app, namespace, labels },
    spec: {
      replicas: options.replicas,
      // All Pods but one are never Ready: a rollout must neither wait for them nor be taken for stuck.
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

const STATUS_ENV = [{ name: 'LEADER_URL', value: `http://127.0.0.1:${STATUS_PORT}/` }]

function sidecarContainer({ namespace, name, lock, mode, image, isNative }: SidecarOptions): object {
  const isReadiness = mode === 'readiness'
  return {
    name: 'leader',
    image,
    command: ['kubectl-leader', 'join', `${lock}/${name}`],
    args: [
      `--namespace=${namespace}`,
      '--id=$(POD_NAME)',
      '--lease-duration=15s',
      // The other Pods' sidecars are the others whose leadership it takes over, for as long as it lasts.
      '--yes',
      '--max-hold=0',
      isReadiness ? `--ready-port=${READY_PORT}` : `--http=127.0.0.1:${STATUS_PORT}`,
      ...(isNative ? [] : ['--no-release']),
    ],
    env: [POD_NAME],
    ...(isReadiness && {
      ports: [{ name: 'leading', containerPort: READY_PORT }],
      // Not a TCP probe: the kernel answers that for a process that is stopped, too.
      readinessProbe: { httpGet: { path: '/leader', port: 'leading' }, periodSeconds: 1, failureThreshold: 1 },
    }),
    resources: { requests: { cpu: '10m', memory: '96Mi' }, limits: { memory: '192Mi' } },
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65_532,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  }
}
