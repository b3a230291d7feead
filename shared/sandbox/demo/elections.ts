import { DEFAULT_TIMINGS, type CandidateTimings } from './candidate.ts'

/** What happens in an election of the demo, over and over, after a random time around the given one. */
export interface Happenings {
  /** The leader is stopped in good order, as by a rollout: it releases, and its pod restarts. */
  readonly handOverEveryMs?: number
  /** The leader dies: its lease runs out before the next one takes over. */
  readonly crashEveryMs?: number
}

export interface DemoElection {
  readonly namespace: string
  /** Of the election. */
  readonly name: string
  readonly lock: 'lease' | 'configmap'
  /** Of the Deployment whose pods stand; for static pods, of the component. */
  readonly app: string
  /** Static pods identify themselves by their node, the pods of a Deployment by their name. */
  readonly pods: 'static' | 'deployment'
  readonly replicas: number
  readonly timings: CandidateTimings
  readonly happenings: Happenings
}

/** The elections that the sandbox shows: quiet ones, one that moves often, one whose leader dies, an old-style one. */
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
