import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Candidate, pause } from '../bench/election-candidate.ts'
import { runBuilt } from '../support/built-cli.ts'
import { clientGoCandidate, startRealCluster, type RealCluster } from '../support/real-cluster.ts'

/** `release` as it ships, on a real kube-apiserver, under a leader of client-go's and after it is gone. */
let cluster: RealCluster
let env: NodeJS.ProcessEnv
let leader: Candidate
let names = 0
let name: string

beforeAll(async () => {
  cluster = await startRealCluster({ users: ['reader', 'nobody'] })
  env = { KUBECONFIG: cluster.kubeconfig }
  await cluster.kubectl(['create', 'role', 'reader', '--verb=get,list,watch', '--resource=leases.coordination.k8s.io'])
  await cluster.kubectl(['create', 'rolebinding', 'reader', '--role=reader', '--user=reader'])
})

afterAll(() => cluster.close())

beforeEach(async () => {
  name = `release-${++names}`
  const timings = ['--lease-duration=4s', '--renew-deadline=3s', '--retry-period=500ms']
  leader = new Candidate({ file: clientGoCandidate()!, args: [] }, [`--kubeconfig=${cluster.kubeconfig}`, `--name=${name}`, '--id=pod-a', ...timings])
  await expect.poll(() => leader.count('started-leading'), { timeout: 60_000 }).toBe(1)
})

afterEach(() => leader[Symbol.asyncDispose]())

async function lease(): Promise<{ readonly metadata: { readonly resourceVersion: string }; readonly spec: Record<string, unknown> }> {
  return JSON.parse(await cluster.kubectl(['get', 'lease', name, '-o', 'json'])) as Awaited<ReturnType<typeof lease>>
}

describe('a leader that is alive', () => {
  it('is refused, and leads on undisturbed', async () => {
    const before = await lease()
    const { code, stdout, stderr } = await runBuilt(['release', name, '--yes'], env)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/pod-a is running: it has just renewed the lease .* use failover\. No changes were made\.\n$/s)
    const { spec } = await lease()
    expect(spec).toMatchObject({ holderIdentity: 'pod-a', leaseTransitions: before.spec['leaseTransitions'], acquireTime: before.spec['acquireTime'] })
    expect(leader.count('stopped-leading')).toBe(0)
  })

  it('loses its lease to release --force, which warns about the effects', async () => {
    const { code, stderr } = await runBuilt(['release', name, '--yes', '--force', '--reason', 'a test'], env)
    expect(code).toBe(0)
    expect(stderr).toMatch(/The holder was not checked for renewals\. If pod-a is running, it will probably acquire the lease again, or act as leader alongside another candidate for up to 4s\./)
    // As foretold: there is nobody else.
    await expect.poll(async () => (await lease()).spec['holderIdentity'], { timeout: 60_000 }).toBe('pod-a')
    const events = await cluster.kubectl(['get', 'events', '-o', 'jsonpath={range .items[*]}{.involvedObject.name} {.message}{"\\n"}{end}'])
    expect(events).toMatch(new RegExp(`^${name} \\S+ released the lease held by pod-a: a test$`, 'm'))
  })
})

describe('a leader that is gone', () => {
  it('is watched for its lease duration, and then released for the next one to take at once', async () => {
    await leader[Symbol.asyncDispose]()
    const startedAtMs = Date.now()
    const { code, stdout, stderr } = await runBuilt(['release', name, '--yes'], env)
    expect(code).toBe(0)
    expect(stderr).toMatch(/^Watching the lease ".*" in namespace "default" for 4s for renewals by pod-a/)
    expect(stdout).toBe(`Released the lease "${name}" in namespace "default". The previous holder was pod-a.\n`)
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(4_000)
    expect((await lease()).spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 })
  })

  it('can have its release tried with --dry-run=server', async () => {
    await leader[Symbol.asyncDispose]()
    const before = await lease()
    const { code, stdout } = await runBuilt(['release', name, '--dry-run=server'], env)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Would release the lease .*, held by pod-a\. No changes were made \(server dry run\)\.\n$/)
    expect(await lease()).toEqual(before)
  })
})

describe('a user who may not write', () => {
  it.each([
    ['reader', /^Error: You are not allowed to update leases\.coordination\.k8s\.io "release-\d+"/],
    ['nobody', /^Error: You are not allowed to get leases\.coordination\.k8s\.io "release-\d+"/],
  ])('write it (%s) gets code 4, and the leader leads on', async (user, said) => {
    const { spec } = await lease()
    for (const flags of [['--yes'], ['--yes', '--force']]) {
      const { code, stdout, stderr } = await runBuilt(['release', name, ...flags], { KUBECONFIG: cluster.kubeconfigFor(user) })
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
      expect(stderr).toMatch(said)
    }
    await pause(1_000)
    expect((await lease()).spec).toMatchObject({ holderIdentity: 'pod-a', acquireTime: spec['acquireTime'] })
    expect(leader.count('stopped-leading')).toBe(0)
  })
})
