import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCliSandbox, type CliSandbox } from '../support/cli-sandbox.ts'

/** The command, on a sandbox. What it finds, and how, is told in test/doctor; here is what it prints and ends with. */
let scene: CliSandbox

beforeAll(async () => {
  scene = await startCliSandbox()
  plant('well', { holderIdentity: '' })
  plant('broken', { holderIdentity: 'pod-a', renewTime: scene.secondsAgo(1) })
  plant('stuck', { holderIdentity: 'kubectl-leader-failover_x', leaseDurationSeconds: 15, renewTime: scene.secondsAgo(1) })
  plant('hostile', { holderIdentity: 'pod-a', leaseDurationSeconds: 15, renewTime: '\u001b[2Jnever' })
  plant('node-1', { holderIdentity: 'node-1', renewTime: scene.secondsAgo(1) }, 'kube-node-lease')
})
afterAll(() => scene[Symbol.asyncDispose]())

function plant(name: string, spec: object, namespace = 'default'): void {
  scene.sandbox.plant('leases.coordination.k8s.io', { metadata: { namespace, name }, spec })
}

const doctor = (...args: readonly string[]) => scene.cli(['doctor', '--observe=0', ...args])

describe('doctor', () => {
  it('prints each finding with its next step, the most severe first, and exits with 1 if there is an error', async () => {
    const { stdout, stderr, exitCode } = await doctor('broken', 'stuck')
    expect(stdout).toMatch(/^error {4}default\/broken {2}badDuration\n {9}The lease duration is missing.*\n {9}Next: kubectl leader describe -n default broken\n/)
    expect(stdout).toContain('\ninfo     default/stuck  failoverUnderWay\n')
    expect(stdout).toMatch(/\n2 elections observed for 0s: 1 error, \d+ warnings?, 1 note\.\n$/)
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 1 })
  })

  it('exits with 0 if there is no error', async () => {
    expect((await doctor('well', 'stuck')).exitCode).toBe(0)
  })

  it('checks only elections by default', async () => {
    const count = async (...args: readonly string[]) => (JSON.parse((await doctor('-A', '-o', 'json', ...args)).stdout) as { elections: number }).elections
    expect([await count(), await count('--category=node'), await count('--category=all')]).toEqual([4, 1, 5])
  })

  it('prints no control characters', async () => {
    const { stdout } = await doctor('hostile')
    expect(stdout).toContain('The renew time is not a valid timestamp: \\x1b[2Jnever.')
    expect(stdout).not.toContain('\u001b')
  })

  it('prints a DoctorReport with -o json', async () => {
    const { stdout, exitCode } = await doctor('broken', '-o', 'json')
    expect(exitCode).toBe(1)
    const report = JSON.parse(stdout) as { findings: unknown[] }
    expect(report).toMatchObject({ apiVersion: 'leader.kubectl.dev/v1alpha1', kind: 'DoctorReport', elections: 1, observedForSeconds: 0, notChecked: [] })
    expect(report.findings).toContainEqual({
      code: 'badDuration',
      severity: 'error',
      namespace: 'default',
      name: 'broken',
      lock: 'lease',
      message: 'The lease duration is missing, so candidates cannot tell when to take over.',
      evidence: { leaseDurationSeconds: null },
      command: 'kubectl leader describe -n default broken',
    })
  })

  it('names what does not exist, and exits with 3', async () => {
    const { stderr, exitCode } = await doctor('missing')
    expect({ stderr, exitCode }).toEqual({ stderr: 'Error: There is no lease "missing" in namespace "default".\n', exitCode: 3 })
  })

  it('exits with 4 if elections may not be read, and names the missing permission', async () => {
    scene.sandbox.addUser({ name: 'nobody' })
    const { stderr, exitCode } = await scene.cli(['doctor', '--observe=0'], { kubeconfig: { user: 'nobody' } })
    expect(exitCode).toBe(4)
    expect(stderr).toMatch(/not allowed to list leases\.coordination\.k8s\.io in namespace "default"/)
  })

  it.each([[['--observe=soon'], /15s/], [['--output=wide'], /json, yaml/], [['pods/x'], /lease\/NAME/]])('refuses %j', async (args, message) => {
    const { stderr, exitCode } = await scene.cli(['doctor', ...args])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(message)
  })
})
