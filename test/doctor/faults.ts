import type { FindingCode, Severity } from '../../shared/actions/doctor.ts'

/** A record as it is written; times are made when it is. */
export interface Spec {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly leaseTransitions?: number
  /** Seconds before now; null leaves the time out. */
  readonly acquiredAgo?: number
  readonly renewedAgo?: number | null
}

/** A Pod that is planted beside a lease. */
export interface PodPlan {
  readonly name: string
  readonly controller?: { readonly apiVersion: string; readonly kind: string; readonly name: string }
  readonly labels?: Readonly<Record<string, string>>
  readonly serviceAccount?: string
  readonly node?: string
  readonly status?: Readonly<Record<string, unknown>>
}

/** One fault: what is planted, what goes on, and what is to be found. */
export interface Fault {
  /** Of the lease. */
  readonly name: string
  readonly is: string
  readonly spec: Spec
  readonly annotations?: Readonly<Record<string, string>>
  readonly pods?: readonly PodPlan[]
  /** Who Events say became the leader, just now. */
  readonly events?: readonly string[]
  /** Whether a ConfigMap of the same name has the same holder. */
  readonly hasOtherHalf?: boolean
  /** What is written next and next: after so many milliseconds, these fields. It starts over at its end. */
  readonly goesOn?: readonly (readonly [afterMs: number, spec: Spec])[]
  readonly finds: Readonly<Partial<Record<FindingCode, Severity>>>
}

const RENEWED: readonly (readonly [number, Spec])[] = [[400, {}]]
const OFTEN = Array.from({ length: 4 }, () => [300, {}] as const)
/** For longer than anybody looks: so it is renewed when they stop looking, whenever that is. */
const STEADILY = Array.from({ length: 200 }, () => [400, {}] as const)
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'checkout-7d9c8b6f5' }
const DEPLOYMENT_LABELS = { 'pod-template-hash': '7d9c8b6f5' }
const READY = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
/** Long enough that a busy machine makes nothing late of what is not meant to be. */
const AMPLE = 30

/** Every fault that can be planted through the API alone. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'no-candidates',
    is: 'a lease that expired, and no candidate takes over',
    spec: { holderIdentity: 'somebody', leaseDurationSeconds: 2, renewedAgo: 120 },
    finds: { expired: 'error', holderNotFound: 'warning' },
  },
  {
    name: 'not-renewed',
    is: 'a long lease that nobody renews, of a Pod whose name another has now',
    spec: { holderIdentity: 'not-renewed-1', leaseDurationSeconds: 120, renewedAgo: 600 },
    pods: [{ name: 'not-renewed-1', status: READY }],
    finds: { noRenewals: 'warning', holderPodReplaced: 'warning' },
  },
  {
    name: 'pod-gone',
    is: "a zombie: the holder's Pod is gone",
    spec: { holderIdentity: 'zombie-7d9c8b6f5-x2x4z_5f0c3c4e-0000-4000-8000-000000000001', leaseDurationSeconds: 2, renewedAgo: 120 },
    finds: { expired: 'error', holderPodGone: 'error' },
  },
  {
    name: 'pod-succeeded',
    is: "the holder's Pod is done",
    spec: { holderIdentity: 'pod-succeeded-1', leaseDurationSeconds: 2 },
    pods: [{ name: 'pod-succeeded-1', status: { phase: 'Succeeded' } }],
    finds: { expired: 'error', holderPodEnded: 'error' },
  },
  {
    name: 'pod-failed',
    is: "the holder's Pod has failed",
    spec: { holderIdentity: 'pod-failed-1', leaseDurationSeconds: 2 },
    pods: [{ name: 'pod-failed-1', status: { phase: 'Failed' } }],
    finds: { expired: 'error', holderPodEnded: 'error' },
  },
  {
    name: 'pod-evicted',
    is: "the holder's Pod was evicted",
    spec: { holderIdentity: 'pod-evicted-1', leaseDurationSeconds: 2 },
    pods: [{ name: 'pod-evicted-1', status: { phase: 'Failed', reason: 'Evicted' } }],
    finds: { expired: 'error', holderPodEvicted: 'error' },
  },
  {
    name: 'pod-not-ready',
    is: "the holder's Pod is not ready",
    spec: { holderIdentity: 'pod-not-ready-1', leaseDurationSeconds: AMPLE },
    pods: [{ name: 'pod-not-ready-1', status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] } }],
    goesOn: RENEWED,
    finds: { holderPodNotReady: 'warning' },
  },
  {
    name: 'node-not-ready',
    is: "the holder's Node is not ready, and the lease expired",
    spec: { holderIdentity: 'node-not-ready-1', leaseDurationSeconds: 2 },
    pods: [{ name: 'node-not-ready-1', node: 'bad-node', status: READY }],
    finds: { expired: 'error', holderNodeNotReady: 'error' },
  },
  {
    name: 'late',
    is: 'renewals that come late',
    spec: { holderIdentity: 'late-1', leaseDurationSeconds: 12 },
    pods: [{ name: 'late-1', status: READY }],
    goesOn: [...OFTEN, [9_500, {}], ...STEADILY],
    finds: { lateRenewals: 'warning' },
  },
  {
    name: 'after-expiry',
    is: 'a renew deadline that is not below the lease duration',
    spec: { holderIdentity: 'after-expiry-1', leaseDurationSeconds: 6 },
    pods: [{ name: 'after-expiry-1', status: READY }],
    goesOn: [...OFTEN, [8_000, {}], ...STEADILY],
    finds: { renewedAfterExpiry: 'error' },
  },
  {
    name: 'flapping',
    is: 'two holders that alternate, as it is seen',
    spec: { holderIdentity: 'flapping-1', leaseDurationSeconds: AMPLE },
    pods: [
      { name: 'flapping-1', status: READY },
      { name: 'flapping-2', status: READY },
    ],
    goesOn: [
      [1_000, { holderIdentity: 'flapping-2', leaseTransitions: 1 }],
      [1_000, { holderIdentity: 'flapping-1', leaseTransitions: 2 }],
    ],
    finds: { flapping: 'warning' },
  },
  {
    name: 'flapped',
    is: 'holders that alternated, by Events',
    spec: { holderIdentity: 'flapped-1', leaseDurationSeconds: AMPLE },
    pods: [{ name: 'flapped-1', status: READY }],
    events: ['flapped-1', 'flapped-2', 'flapped-1', 'flapped-2', 'flapped-1', 'flapped-2'],
    goesOn: RENEWED,
    finds: { flapping: 'warning' },
  },
  {
    name: 'moved-often',
    is: 'thousands of transitions in a short life',
    spec: { holderIdentity: 'moved-often-1', leaseDurationSeconds: AMPLE, leaseTransitions: 7261 },
    pods: [{ name: 'moved-often-1', status: READY }],
    goesOn: [[400, { leaseTransitions: 7261 }]],
    finds: { flapping: 'warning' },
  },
  {
    name: 'two-workloads',
    is: 'two workloads on one lease name',
    spec: { holderIdentity: 'checkout-7d9c8b6f5-bbbbb', leaseDurationSeconds: AMPLE },
    pods: [
      { name: 'checkout-7d9c8b6f5-bbbbb', controller: DEPLOYMENT, labels: DEPLOYMENT_LABELS, status: READY },
      { name: 'billing-0', controller: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'billing' }, status: READY },
    ],
    events: ['checkout-7d9c8b6f5-bbbbb', 'billing-0'],
    goesOn: RENEWED,
    finds: { twoWorkloads: 'error' },
  },
  {
    name: 'twice-acquired',
    is: 'one identity used twice, by times of acquisition that alternate',
    spec: { holderIdentity: 'twice-acquired-1', leaseDurationSeconds: AMPLE, acquiredAgo: 60 },
    pods: [{ name: 'twice-acquired-1', status: READY }],
    goesOn: [
      [400, { leaseDurationSeconds: AMPLE + 1 }],
      [400, { leaseDurationSeconds: AMPLE }],
    ],
    finds: { identityUsedTwice: 'error' },
  },
  {
    name: 'twice-renewed',
    is: 'one identity used twice, by clocks that differ',
    spec: { holderIdentity: 'twice-renewed-1', leaseDurationSeconds: AMPLE },
    pods: [{ name: 'twice-renewed-1', status: READY }],
    goesOn: [
      [400, { renewedAgo: 2 }],
      [400, {}],
    ],
    finds: { identityUsedTwice: 'error' },
  },
  {
    name: 'shared-identity',
    is: 'replicas that all call themselves as their workload is called',
    spec: { holderIdentity: 'worker', leaseDurationSeconds: AMPLE },
    pods: ['worker-0', 'worker-1'].map((name) => ({
      name,
      controller: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'worker' },
      status: READY,
    })),
    goesOn: RENEWED,
    finds: { sharedIdentity: 'warning' },
  },
  {
    name: 'no-duration',
    is: 'a lease without a duration',
    spec: { holderIdentity: 'no-duration-1' },
    pods: [{ name: 'no-duration-1', status: READY }],
    goesOn: RENEWED,
    finds: { badDuration: 'error' },
  },
  {
    name: 'no-times',
    is: 'a holder that somebody wrote by hand',
    spec: { holderIdentity: 'no-times-1', leaseDurationSeconds: AMPLE, renewedAgo: null },
    pods: [{ name: 'no-times-1', status: READY }],
    finds: { neverRenewed: 'warning' },
  },
  {
    name: 'long',
    is: 'a lease duration of an hour',
    spec: { holderIdentity: 'long-1', leaseDurationSeconds: 3600 },
    pods: [{ name: 'long-1', status: READY }],
    goesOn: RENEWED,
    finds: { durationTooLong: 'warning' },
  },
  {
    name: 'hasty',
    is: 'renewals as far apart as the lease is long',
    spec: { holderIdentity: 'hasty-1', leaseDurationSeconds: 9 },
    pods: [{ name: 'hasty-1', status: READY }],
    goesOn: [[4_700, {}]],
    finds: { renewalIntervalTooLong: 'warning' },
  },
  {
    name: 'clock',
    is: 'a holder whose clock is an hour behind',
    spec: { holderIdentity: 'clock-1', leaseDurationSeconds: AMPLE, renewedAgo: 3600 },
    pods: [{ name: 'clock-1', status: READY }],
    goesOn: [[400, { renewedAgo: 3600 }]],
    finds: { holderClockDiffers: 'warning' },
  },
  {
    name: 'placeholder',
    is: 'a placeholder that a failover left',
    spec: { holderIdentity: 'kubectl-leader-failover_0123', leaseDurationSeconds: 2, renewedAgo: 60 },
    finds: { leftoverPlaceholder: 'error' },
  },
  {
    name: 'blocked',
    is: 'a failover under way',
    spec: { holderIdentity: 'kubectl-leader-failover_4567', leaseDurationSeconds: 120 },
    finds: { failoverUnderWay: 'info' },
  },
  {
    name: 'annotated',
    is: 'a mark that a failover left',
    spec: { holderIdentity: 'annotated-1', leaseDurationSeconds: AMPLE },
    annotations: { 'leader.kubectl.dev/handover': '0123 2020-01-01T00:00:00.000000Z' },
    pods: [{ name: 'annotated-1', status: READY }],
    goesOn: RENEWED,
    finds: { leftoverAnnotation: 'info' },
  },
  {
    name: 'abandoned',
    is: 'a lease that nobody has renewed for a month',
    spec: { holderIdentity: 'somebody', leaseDurationSeconds: 2, renewedAgo: 30 * 86_400 },
    finds: { abandoned: 'warning' },
  },
  {
    name: 'forgotten',
    is: 'a lease that was released a month ago',
    spec: { leaseDurationSeconds: 1, renewedAgo: 30 * 86_400 },
    finds: { abandoned: 'info' },
  },
  {
    name: 'half',
    is: 'a multi-lock',
    spec: { holderIdentity: 'half-1', leaseDurationSeconds: AMPLE },
    pods: [{ name: 'half-1', status: READY }],
    hasOtherHalf: true,
    goesOn: RENEWED,
    finds: { multiLock: 'warning' },
  },
  {
    name: 'powerless',
    is: 'a holder whose service account may do nothing',
    spec: { holderIdentity: 'powerless-1', leaseDurationSeconds: 2 },
    pods: [{ name: 'powerless-1', serviceAccount: 'powerless', status: READY }],
    finds: { expired: 'error', accountMayNotRenew: 'error', accountMayNotRecordEvents: 'warning' },
  },
  {
    name: 'silent',
    is: 'a holder whose service account may not record Events',
    spec: { holderIdentity: 'silent-1', leaseDurationSeconds: AMPLE },
    pods: [{ name: 'silent-1', serviceAccount: 'silent', status: READY }],
    goesOn: RENEWED,
    finds: { accountMayNotRecordEvents: 'warning' },
  },
]

/** What has no fault: a leader that renews, and an election that was just released. */
export const HEALTHY: readonly Fault[] = [
  {
    name: 'held',
    is: 'a leader that renews',
    spec: { holderIdentity: 'checkout-7d9c8b6f5-ccccc_5f0c3c4e-0000-4000-8000-000000000002', leaseDurationSeconds: 15, leaseTransitions: 3 },
    pods: [
      { name: 'checkout-7d9c8b6f5-ccccc', controller: DEPLOYMENT, labels: DEPLOYMENT_LABELS, status: READY },
      { name: 'checkout-7d9c8b6f5-ddddd', controller: DEPLOYMENT, labels: DEPLOYMENT_LABELS, status: READY },
    ],
    events: ['checkout-7d9c8b6f5-ddddd_5f0c3c4e-0000-4000-8000-000000000003', 'checkout-7d9c8b6f5-ccccc_5f0c3c4e-0000-4000-8000-000000000002'],
    goesOn: [[400, { leaseTransitions: 3 }]],
    finds: {},
  },
  { name: 'released', is: 'an election that was released', spec: { leaseDurationSeconds: 1, renewedAgo: 60 }, finds: {} },
]
