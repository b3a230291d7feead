import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runBuilt, startBuilt, type Running } from '../support/built-cli.ts'
import { startFakeKubelet, type FakeKubelet } from '../support/fake-kubelet.ts'
import { startRealCluster, type RealCluster } from '../support/real-cluster.ts'

/** `logs` as it ships, through a real kube-apiserver, which asks a Node that only plays a kubelet. */
let cluster: RealCluster
let kubelet: FakeKubelet
let env: NodeJS.ProcessEnv
const PATIENCE = { timeout: 60_000, interval: 100 }
const HOUR_MS = 3_600_000
const SPEC = { leaseDurationSeconds: 3600, leaseTransitions: 1 }

beforeAll(async () => {
  cluster = await startRealCluster({ users: ['reader', 'blind'] })
  kubelet = await startFakeKubelet(cluster)
  env = { KUBECONFIG: cluster.kubeconfig }
  for (const pod of ['one', 'two']) await kubelet.run(pod)
  await cluster.kubectl(['create', 'role', 'reader', '--verb=get,list,watch', '--resource=leases.coordination.k8s.io,pods'])
  await cluster.kubectl(['create', 'rolebinding', 'reader', '--role=reader', '--user=reader'])
  await cluster.kubectl(['create', 'role', 'blind', '--verb=get,list,watch', '--resource=leases.coordination.k8s.io'])
  await cluster.kubectl(['create', 'rolebinding', 'blind', '--role=blind', '--user=blind'])
})

afterAll(async () => {
  await kubelet[Symbol.asyncDispose]()
  await cluster.close()
})

/** Writes the lease as a candidate does that has just acquired or released it. */
async function lead(name: string, holderIdentity: string, leaseTransitions = 1): Promise<void> {
  const now = new Date().toISOString().replace('Z', '000Z')
  const spec = { ...SPEC, holderIdentity, leaseTransitions, acquireTime: now, renewTime: now }
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec }
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(lease) })
}

const printsNotice = (running: Running, text: RegExp): Promise<void> => expect.poll(running.stderr, PATIENCE).toMatch(text)

describe('the log of the leader', () => {
  it('is what its container wrote, byte for byte; the leader is named on stderr', async () => {
    await kubelet.run('plain')
    await lead('plain', 'plain_1')
    for (const text of ['first', '\u001b[31mred\u001b[0m \u001b]0;title\u0007', 'last']) kubelet.write('plain', text)
    const whole = await runBuilt(['logs', 'plain'], env)
    expect(whole).toMatchObject({ code: 0, stdout: 'first\n\u001b[31mred\u001b[0m \u001b]0;title\u0007\nlast\n' })
    expect(whole.stderr).toBe('==> leader: plain_1, pod default/plain, container main <==\n')
    expect((await runBuilt(['logs', 'plain', '--tail=1', '--prefix'], env)).stdout).toBe('[pod/plain/main] last\n')
    expect((await runBuilt(['logs', 'plain', '--tail=1', '--timestamps'], env)).stdout).toMatch(/^\d{4}-.*T.*\.\d{6}123Z last\n$/)
    expect((await runBuilt(['logs', 'plain', '--since=1h'], env)).stdout).toContain('first')
  })

  it('is followed to the next leader, with no line of a standby and none left out', async () => {
    await lead('moving', 'one_a')
    kubelet.write('one', 'one leads')
    const logs = startBuilt(['logs', 'moving', '-f', '--tail=1'], env)
    await logs.printed('one leads\n')
    kubelet.write('two', 'two has stood for long', Date.now() - HOUR_MS)
    await lead('moving', '', 1)
    await printsNotice(logs, /lease released, no leader/)
    kubelet.write('one', 'one says goodbye')
    await logs.printed('one says goodbye\n')
    await lead('moving', 'two_b', 2)
    kubelet.write('two', 'two leads')
    await logs.printed('two leads\n')
    kubelet.write('one', 'one stands again')
    kubelet.write('two', 'two goes on')
    await logs.printed('two goes on\n')
    logs.kill('SIGINT')
    const { code, stdout, stderr } = await logs.finished
    expect(code).toBe(130)
    expect(stdout).toBe('one leads\none says goodbye\ntwo leads\ntwo goes on\n')
    expect(stderr.match(/leader: .*, pod .*,/g)).toEqual(['leader: one_a, pod default/one,', 'leader: two_b, pod default/two,'])
  })

  it('goes on with the new run when the container is started again', async () => {
    await kubelet.run('restarting')
    await lead('restarting', 'restarting')
    kubelet.write('restarting', 'first run')
    const logs = startBuilt(['logs', 'restarting', '-f'], env)
    await logs.printed('first run\n')
    await kubelet.end('restarting')
    await printsNotice(logs, /container main is not running \(Error\); waiting/)
    await kubelet.run('restarting')
    kubelet.write('restarting', 'second run')
    await logs.printed('second run\n')
    logs.kill('SIGINT')
    expect((await logs.finished).stdout).toBe('first run\nsecond run\n')
    expect((await runBuilt(['logs', 'restarting', '--previous'], env)).stdout).toBe('first run\n')
  })

  it('has each line once where the connection to the kubelet breaks', async () => {
    await kubelet.run('breaking')
    await lead('breaking', 'breaking')
    const logs = startBuilt(['logs', 'breaking', '-f'], env)
    const written: string[] = []
    for (let round = 0; round < 5; round++) {
      for (let line = 0; line < 20; line++) {
        written.push(`line ${round}.${line}`)
        kubelet.write('breaking', written.at(-1)!)
      }
      await logs.printed(`${written.at(-1)!}\n`)
      kubelet.breakConnections()
      written.push(`unseen ${round}`)
      kubelet.write('breaking', written.at(-1)!)
    }
    await logs.printed('unseen 4\n')
    logs.kill('SIGINT')
    expect((await logs.finished).stdout).toBe(`${written.join('\n')}\n`)
  })

  it('goes on where the API server goes away and comes back', async () => {
    await kubelet.run('patient')
    await lead('patient', 'patient')
    kubelet.write('patient', 'before')
    const logs = startBuilt(['logs', 'patient', '-f'], env)
    await logs.printed('before\n')
    await cluster.kill('kube-apiserver')
    await printsNotice(logs, /connection lost, the leader is unknown/)
    kubelet.write('patient', 'meanwhile')
    await cluster.restart('kube-apiserver')
    await logs.printed('meanwhile\n')
    kubelet.write('patient', 'after')
    await logs.printed('after\n')
    logs.kill('SIGINT')
    expect((await logs.finished).stdout).toBe('before\nmeanwhile\nafter\n')
  })
})

describe('where there is no log', () => {
  it.each([
    ['the user may not read logs', 'reader', /get pods\/log "one" in namespace "default"/],
    ['the user may not read Pods', 'blind', /list pods in namespace "default"/],
  ])('it says what is missing, with code 4: %s', async (_name, user, message) => {
    await lead('guarded', 'one')
    for (const flags of [[], ['-f']]) {
      const { code, stdout, stderr } = await runBuilt(['logs', 'guarded', ...flags], { KUBECONFIG: cluster.kubeconfigFor(user) })
      expect(stderr).toMatch(message)
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    }
  })

  it.each([
    ['nobody leads', 'free', '', [], 1, /"free" has no leader, so there is no log/],
    ['the leader is no Pod', 'laptop', 'my-laptop_1', ['-f'], 1, /no Pod was found for the leader "my-laptop_1"/],
    ['there is no such container', 'guarded', 'one', ['-c', 'sidecar'], 2, /has no container "sidecar"\. It has "main"/],
  ] as const)('%s', async (_name, name, holder, flags, expected, message) => {
    await lead(name, holder)
    const { code, stdout, stderr } = await runBuilt(['logs', name, ...flags], env)
    expect(stderr).toMatch(message)
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' })
  })

  it('there is no such election', async () => {
    expect(await runBuilt(['logs', 'nope', '-f'], env)).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('list -A') })
  })
})
