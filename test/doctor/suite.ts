import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Diagnosis } from '../../shared/actions/doctor.ts'
import { commandLine } from '../../shared/remedy.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { FAULTS, HEALTHY } from './faults.ts'
import { DoctorScene, EVENTS_TOO, LEASE_READER, LEASES_ONLY, VIEWER, type DoctorWorld } from './scene.ts'

const account = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`

/** The users that a world has to know before it starts. */
export const ACCOUNTS = [account('faults', 'candidate'), account('faults', 'silent'), account('healthy', 'candidate')]

/** What `doctor` finds on an API server, of faults that are really there. */
export function describeDoctor(name: string, start: () => Promise<DoctorWorld & AsyncDisposable>): void {
  describe(`doctor, on ${name}`, () => {
    let world: DoctorWorld & AsyncDisposable
    let faults: DoctorScene
    let healthy: DoctorScene
    let found: Diagnosis

    beforeAll(async () => {
      world = await start()
      faults = new DoctorScene(world, 'faults')
      healthy = new DoctorScene(world, 'healthy')
      const whole = [LEASES_ONLY, EVENTS_TOO]
      await faults.plant(FAULTS)
      await healthy.plant(HEALTHY)
      await world.grant(account('faults', 'candidate'), 'faults', whole)
      await world.grant(account('faults', 'silent'), 'faults', [LEASES_ONLY])
      await world.grant(account('healthy', 'candidate'), 'healthy', whole)
      for (const namespace of ['faults', 'healthy']) {
        const look = ['get', 'list', 'watch']
        await world.grant(VIEWER, namespace, [{ apiGroups: ['', 'coordination.k8s.io'], resources: ['leases', 'pods', 'events', 'configmaps', 'endpoints'], verbs: look }])
        await world.grant(LEASE_READER, namespace, [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'list'] }])
      }
      found = await faults.diagnose({ observeMs: 16_000 })
    }, 180_000)
    afterAll(async () => {
      await faults[Symbol.asyncDispose]()
      await healthy[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
    })

    const findingsOf = (diagnosis: Diagnosis, lease: string) => diagnosis.findings.filter(({ election }) => election?.name === lease)
    const summed = (diagnosis: Diagnosis, lease: string) =>
      Object.fromEntries(findingsOf(diagnosis, lease).map(({ code, severity }) => [code, severity]))

    it.each(FAULTS)('finds $is', ({ name: lease, finds }) => {
      // On a slow machine the API server is slow, and a duration of seconds is truly too short for it.
      const { durationTooShort: _slow, ...others } = summed(found, lease) as Record<string, unknown>
      const { durationTooShort: _expected, ...wanted } = finds as Record<string, unknown>
      expect(others).toEqual(wanted)
    })

    it('has evidence, words and a command for each', () => {
      for (const { evidence, message, remedy } of found.findings) {
        expect(Object.keys(evidence)).not.toEqual([])
        expect(message).toMatch(/^[A-Z].*\.$/s)
        expect(commandLine(remedy.command)).toMatch(/^(sudo|kubectl) /)
      }
      expect(found.notChecked).toEqual([])
    })

    it('names the holders that alternate', () => {
      const [flapping] = findingsOf(found, 'flapping')
      expect(flapping!.evidence['holders']).toEqual(expect.arrayContaining(['flapping-1', 'flapping-2']))
      expect(flapping!.message).toContain('flapping-1')
    })

    it('says how much margin was left', () => {
      const [late] = findingsOf(found, 'late')
      expect(late!.evidence['marginSeconds']).toBeGreaterThan(0)
      expect(late!.evidence['marginSeconds']).toBeLessThan(8 / 3)
    })

    it('names both workloads', () => {
      const [two] = findingsOf(found, 'two-workloads')
      expect(two!.evidence['workloads']).toEqual(expect.arrayContaining(['deployment/checkout', 'statefulset/billing']))
    })

    it('finds no problems in healthy elections, and ends early', async () => {
      const { findings, notChecked, observedForMs, elections } = await healthy.diagnose({ observeMs: 60_000 })
      expect({ findings, notChecked, elections: elections.length }).toEqual({ findings: [], notChecked: [], elections: 2 })
      expect(observedForMs).toBeLessThan(60_000)
    })

    it('can be asked about one', async () => {
      const { findings, elections } = await faults.diagnose({ observeMs: 16_000, scope: { names: ['pod-gone'] } })
      expect(elections.map((election) => election.name)).toEqual(['pod-gone'])
      expect(findings.map(({ code }) => code)).toEqual(['expired', 'holderPodGone'])
    })

    it("finds that this machine's clock differs from the API server's", async () => {
      const clock = { ...systemClock, wallMs: () => systemClock.wallMs() - 3_600_000 }
      const { findings } = await healthy.diagnose({ clock })
      expect(findings.map(({ code, severity, election }) => [code, severity, election])).toEqual([['localClockDiffers', 'warning', null]])
      expect(findings[0]!.evidence['aheadOfServerSeconds']).toBeCloseTo(-3600, -1)
    })

    it('says what the user may not do, and what could not be checked', async () => {
      const { findings, notChecked } = await healthy.diagnose({ user: VIEWER })
      expect(findings.map(({ code, severity, evidence }) => [code, severity, evidence['resource'], evidence['verbs']])).toEqual(
        expect.arrayContaining([
          ['userMayNot', 'info', 'leases.coordination.k8s.io', ['update', 'create']],
          ['userMayNot', 'info', 'events', ['create']],
        ]),
      )
      expect(findings.every(({ severity }) => severity === 'info')).toBe(true)
      expect(notChecked.map(({ message }) => message).join('\n')).toMatch(/Cannot read Nodes/)
      expect(notChecked.map(({ message }) => message).join('\n')).toMatch(/Could not check the permissions of the holders' service accounts/)
    })

    it('reads again and again what may not be watched, and says so', async () => {
      const { findings, notChecked } = await faults.diagnose({ user: LEASE_READER, observeMs: 16_000, scope: { names: ['no-candidates'] } })
      expect(findings.map(({ code }) => code)).toContain('expired')
      expect(notChecked.map(({ message }) => message).join('\n')).toMatch(/not allowed to watch the lease "no-candidates" .*, so it is read every 1s instead of being watched/)
    })

    it('lists again and again what may not be watched and has no names, and says so', async () => {
      const { notChecked } = await faults.diagnose({ user: LEASE_READER, observeMs: 1_000 })
      expect(notChecked.map(({ message }) => message).join('\n')).toMatch(/Watching elections is not allowed, so doctor read them every second/)
    })

    it('is not allowed without permission to read leases at all', async () => {
      await expect(faults.diagnose({ user: ACCOUNTS[2]! })).rejects.toMatchObject({ kind: 'forbidden' })
    })
  })
}
