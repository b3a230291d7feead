import { describe, expect, it } from 'vitest'
import type { ElectionReading } from '../../kubectl-plugin/export/election-book.ts'
import { Exposition } from '../../kubectl-plugin/export/exposition.ts'
import type { ElectionPods } from '../../kubectl-plugin/export/pod-book.ts'

const reading = (name: string, more: Partial<ElectionReading> = {}): ElectionReading => ({
  key: `lease/shop/${name}`,
  ref: { lock: 'lease', namespace: 'shop', name },
  state: 'held',
  leaderlessMs: 0,
  blockedMs: 0,
  leaseDurationMs: 15_000,
  transitions: 3,
  lateRenewals: 2,
  ...more,
})
const NONE: ElectionPods = { holderPod: '', holderNode: '', candidates: null, readyForMs: null }

const own = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('leader_exporter_') && !line.includes('build_info'))

describe('the metrics', () => {
  it('are one number for each fact, and one series for the Pod and the Node', async () => {
    const exposition = await Exposition.create()
    const podsOf = (): ElectionPods => ({ holderPod: 'web-1', holderNode: 'n1', candidates: 2, readyForMs: 4_000 })
    const text = await exposition.text({ readings: [reading('web', { state: 'free', leaderlessMs: 1_500 })], podsOf, blindMs: 0 })
    const labels = '{namespace="shop",lease="web",lock="lease"}'
    expect(own(text)).toEqual([
      `leader_exporter_election_state${labels} 4`,
      `leader_exporter_election_leaderless_seconds${labels} 1.5`,
      `leader_exporter_election_lease_duration_seconds${labels} 15`,
      `leader_exporter_election_transitions_total${labels} 3`,
      `leader_exporter_election_late_renewals_total${labels} 2`,
      `leader_exporter_election_blocked_seconds${labels} 0`,
      `leader_exporter_election_candidate_pods${labels} 2`,
      `leader_exporter_election_candidate_ready_seconds${labels} 4`,
      'leader_exporter_election_info{namespace="shop",lease="web",lock="lease",holder_pod="web-1",holder_node="n1"} 1',
      'leader_exporter_blind_seconds 0',
    ])
  })

  it('leave out what is not known', async () => {
    const text = await (await Exposition.create()).text({
      readings: [reading('web', { state: 'unknown', leaderlessMs: null, leaseDurationMs: null })],
      podsOf: () => NONE,
      blindMs: 0,
    })
    expect(text).not.toMatch(/^leader_exporter_election_(leaderless|lease_duration|candidate)\w+\{/m)
  })

  it('are those of the elections of this scrape alone: none while the exporter is blind', async () => {
    const exposition = await Exposition.create()
    await exposition.text({ readings: [reading('web'), reading('vanished')], podsOf: () => NONE, blindMs: 0 })
    expect(await exposition.text({ readings: [reading('web')], podsOf: () => NONE, blindMs: 0 })).not.toContain('vanished')
    expect(own(await exposition.text({ readings: [], podsOf: () => NONE, blindMs: 61_000 }))).toEqual(['leader_exporter_blind_seconds 61'])
  })
})
