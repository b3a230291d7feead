import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { buildOurCandidate } from '../bench/election-candidate.ts'
import { connectTo } from '../bench/leases.ts'
import { clientGoCandidate, startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { interrupt, INTERRUPTIONS, STEPS, type Aftermath, type Interruption, type Step } from './interruption.ts'
import { PodElection, type CandidatePrograms, type Timings } from './pod-election.ts'

/**
 * Failovers that are interrupted, on a real kube-apiserver: at each step that they tell of, in each way. Many at once,
 * each in an election of its own.
 */
const AT_ONCE = 10
const SHORT: Timings = { leaseDuration: 6, renewDeadline: 4, retryPeriod: 1 }
const USUAL: Timings = { leaseDuration: 15, renewDeadline: 10, retryPeriod: 2 }
/** Five seconds to undo a placeholder in, on however slow a machine. */
const SLOW: Timings = { leaseDuration: 20, renewDeadline: 12, retryPeriod: 5 }
/** What a busy machine takes to run what is due. */
const NOISE_MS = 10_000

interface Case {
  readonly step: Step
  readonly how: Interruption
  readonly kind: 'ours' | 'client-go'
}

const CASES: readonly Case[] = [
  ...STEPS.flatMap((step) => INTERRUPTIONS.map((how) => ({ step, how, kind: 'client-go' as const }))),
  // One of ours stops within milliseconds, so these meet it anywhere from there on.
  ...(['plan', 'blocked'] as const).flatMap((step) => (['SIGINT', 'SIGKILL', 'cut'] as const).map((how) => ({ step, how, kind: 'ours' as const }))),
]

const isSoon = ({ step, how }: Case): boolean => step === 'blocked' && (how === 'SIGINT' || how === 'SIGTERM')

let cluster: RealCluster
let client: ApiClient
const aftermaths = new Map<Case, Aftermath>()

beforeAll(async () => {
  cluster = await startRealCluster()
  client = await connectTo(cluster.kubeconfig)
  using ours = await buildOurCandidate()
  const programs = { ours, theirs: { file: clientGoCandidate()!, args: [] }, kubeconfig: cluster.kubeconfig }
  // What takes longest first.
  const queue = [...CASES].sort((a, b) => Number(b.how === 'cut') - Number(a.how === 'cut'))
  const work = async (): Promise<void> => {
    for (let each = queue.shift(); each; each = queue.shift()) aftermaths.set(each, await suffer(programs, each))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}, 600_000)

afterAll(async () => {
  client.close()
  await cluster.close()
})

async function suffer(programs: CandidatePrograms, each: Case): Promise<Aftermath> {
  const { step, how, kind } = each
  const timings = kind === 'ours' ? USUAL : isSoon(each) ? SLOW : SHORT
  await using election = await PodElection.create(client, programs, { name: `${kind}-${step}-${how}`.toLowerCase(), kinds: [kind, kind], timings })
  return await interrupt(cluster, election, step, how)
}

describe.each(CASES)('a failover interrupted by $how at "$step" ($kind)', (each) => {
  const { step, how, kind } = each
  const aftermath = (): Aftermath => aftermaths.get(each)!
  const end = (): Aftermath['events'][number] | undefined => aftermath().events.find(({ type }) => type === 'result')

  it('makes no two leaders', () => {
    expect(aftermath().overlaps).toEqual([])
  })

  it('lets the election go on', () => {
    const placeholderMs = Number(aftermath().events.find(({ type }) => type === 'plan')!['placeholderMs'])
    expect(aftermath().ledAfterMs).toBeLessThan(placeholderMs + 2.2 * USUAL.retryPeriod * 1000 + NOISE_MS)
  })

  it('ends by the signal, or says what is left', () => {
    const { code, signal, stderr } = aftermath()
    const outcome = end()?.['outcome']
    // Somebody may have taken it just before.
    if ((step === 'released' || kind === 'ours') && (outcome === 'moved' || outcome === 'returned')) {
      if (signal === null) expect(code).toBe(outcome === 'moved' ? 0 : 1)
      // It was killed between its last line and its end.
      else expect(signal).toBe(how)
      return
    }
    if (how === 'SIGKILL') expect(signal).toBe('SIGKILL')
    if (how === 'cut' && kind === 'client-go') {
      expect(code).toBe(3)
      expect(stderr).toMatch(LEFT[step])
    }
    if (how === 'SIGINT') expect(code).toBe(130)
    if (how === 'SIGTERM') expect(code).toBe(143)
  })

  if (kind === 'client-go' && (step === 'plan' || isSoon(each)) && how !== 'cut' && how !== 'SIGKILL') {
    it('leaves the leader leading', () => {
      expect(end()).toMatchObject({ outcome: 'aborted', abortion: { cause: 'interrupted', left: expect.stringMatching(/untouched|restored/) } })
      expect(aftermath().isUndisturbed).toBe(true)
    })
  }
})

const LEFT: Readonly<Record<Step, RegExp>> = {
  // Cut off so early, it may not have come to write at all.
  plan: /expires on its own within \d+s|did not answer/,
  blocked: /expires on its own within \d+s/,
  'still-blocked': /expires on its own within \d+s/,
  'leader-stopped': /expires on its own within \d+s|It is not known which candidate has acquired it since/,
  released: /It is not known which candidate has acquired it since/,
  waiting: /It is not known which candidate has acquired it since/,
}
