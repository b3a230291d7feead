import { DEFAULT_TIMINGS, type CandidateTimings } from './candidate.ts'

/** What happens in an election of the demo, over and over, after a random time around the given one. */
export interface Happenings {
  /** The leader is stopped in good order, as by a rollout: it releases, and its pod restarts. */
  readonly handOverEveryMs?: number
  /** The leader fails: its lease expires before the next leader takes over. */
  readonly crashEveryMs?: number
}

export interface DemoElection {
  readonly namespace: string
  /** Of the election. */
  readonly name: string
  readonly lock: 'lease' | 'configmap'
  /** The Deployment whose Pods are the candidates; for static Pods, the component. */
  readonly app: string
  /** Static pods identify themselves by their node, the pods of a Deployment by their name. */
  readonly pods: 'static' | 'deployment'
  readonly replicas: number
  readonly timings: CandidateTimings
  readonly happenings: Happenings
  /** Whether its candidates are this project's electors; they behave as client-go's otherwise. */
  readonly isOurs?: boolean
}

/**
 * The elections that the sandbox shows: quiet ones, one that moves now and then, one whose leader dies, an old-style one;
 * one with this project's own candidates; and some that `doctor` has something to say of.
 */
export const DEMO_ELECTIONS: readonly DemoElection[] = [
  {
    namespace: 'kube-system',
    name: 'kube-scheduler',
    lock: 'lease',
    app: 'kube-scheduler',
    pods: 'static',
    replicas: 3,
    timings: DEFAULT_TIMINGS,
    happenings: {},
  },
  {
    namespace: 'kube-system',
    name: 'kube-controller-manager',
    lock: 'lease',
    app: 'kube-controller-manager',
    pods: 'static',
    replicas: 3,
    timings: DEFAULT_TIMINGS,
    happenings: { handOverEveryMs: 120_000 },
  },
  {
    namespace: 'shop',
    name: 'checkout-operator',
    lock: 'lease',
    app: 'checkout-operator',
    pods: 'deployment',
    replicas: 2,
    timings: DEFAULT_TIMINGS,
    happenings: { handOverEveryMs: 20_000 },
  },
  {
    namespace: 'shop',
    name: 'inventory-controller',
    lock: 'lease',
    app: 'inventory-controller',
    pods: 'deployment',
    replicas: 2,
    timings: DEFAULT_TIMINGS,
    happenings: { crashEveryMs: 30_000 },
  },
  {
    namespace: 'shop',
    name: 'mail-sender',
    lock: 'configmap',
    app: 'mail-sender',
    pods: 'deployment',
    replicas: 2,
    timings: DEFAULT_TIMINGS,
    happenings: { handOverEveryMs: 60_000 },
  },
  {
    namespace: 'shop',
    name: 'gateway-controller',
    lock: 'lease',
    app: 'gateway-controller',
    pods: 'deployment',
    replicas: 2,
    timings: DEFAULT_TIMINGS,
    happenings: { handOverEveryMs: 45_000 },
    isOurs: true,
  },
  // It flaps: its leaders hardly ever last.
  {
    namespace: 'shop',
    name: 'price-updater',
    lock: 'lease',
    app: 'price-updater',
    pods: 'deployment',
    replicas: 3,
    timings: DEFAULT_TIMINGS,
    happenings: { handOverEveryMs: 6_000 },
  },
  // It is renewed so rarely that a single failed renewal ends the term.
  {
    namespace: 'monitoring',
    name: 'report-builder',
    lock: 'lease',
    app: 'report-builder',
    pods: 'deployment',
    replicas: 2,
    timings: { leaseDurationMs: 7_000, renewDeadlineMs: 6_000, retryPeriodMs: 4_500 },
    happenings: {},
  },
  {
    namespace: 'monitoring',
    name: 'metrics-aggregator',
    lock: 'lease',
    app: 'metrics-aggregator',
    pods: 'deployment',
    replicas: 3,
    timings: { leaseDurationMs: 60_000, renewDeadlineMs: 15_000, retryPeriodMs: 5_000 },
    happenings: {},
  },
]

/** An election whose candidates have all failed: the lease is not renewed, and no candidate takes over. */
export const ZOMBIE = {
  namespace: 'shop',
  name: 'invoice-worker',
  holderPod: 'invoice-worker-6f9c8d7b5d-q8z2w',
  leaseDurationSeconds: 15,
  /** How long ago it was renewed for the last time, in milliseconds. */
  lastRenewedAgoMs: 40 * 60_000,
} as const
