import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { realClusterAssets } from '../support/real-cluster.ts'
import { runKubectl } from '../support/real/kubectl.ts'

const LEASE = 'leases.coordination.k8s.io'

/** The kubectl of the assets, against the sandbox. */
describe('a real kubectl', () => {
  let sandbox: Sandbox
  let folder: string

  beforeAll(async () => {
    sandbox = await startSandbox()
    folder = await mkdtemp(join(tmpdir(), 'sandbox-kubectl-'))
    await writeFile(join(folder, 'config'), JSON.stringify(sandbox.kubeconfig()))
    const container = { name: 'main', image: 'registry.invalid/main:1' }
    sandbox.plant('pods', {
      metadata: { name: 'web-1' },
      spec: { containers: [container], nodeName: 'node-1' },
      status: { phase: 'Running', containerStatuses: [{ name: 'main', ready: true, restartCount: 3 }] },
    })
    sandbox.plant(LEASE, {
      metadata: { name: 'scheduler', namespace: 'kube-system' },
      spec: { holderIdentity: 'node-2' },
    })
  })
  afterAll(async () => {
    await sandbox.close()
    await rm(folder, { recursive: true, maxRetries: 10 })
  })

  function command(): string {
    const assets = realClusterAssets()
    if (!assets) throw new Error('set KUBEBUILDER_ASSETS to what test/install/kube-apiserver.sh prints')
    return join(assets, 'kubectl')
  }
  const kubectl = (...args: string[]): Promise<string> =>
    runKubectl(args, { command: command(), kubeconfig: join(folder, 'config'), home: folder })

  /** Fields between columns are two blanks or more. */
  const rows = (text: string): string[][] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.trim().split(/\s{2,}/))

  function plantLease(name: string): void {
    sandbox.plant(LEASE, { metadata: { name }, spec: { holderIdentity: 'web-1', leaseDurationSeconds: 15 } })
  }
  const specOf = (name: string): unknown =>
    (sandbox.peek(LEASE, 'default', name) as { spec: unknown } | undefined)?.spec

  it('gets leases and pods of all namespaces', async () => {
    plantLease('listed')
    const text = await kubectl('get', 'leases,pods', '-A')
    expect(text).toMatch(/^NAMESPACE +NAME +HOLDER +AGE$/m)
    expect(text).toMatch(/^default +lease\.coordination\.k8s\.io\/listed +web-1 +\d+s$/m)
    expect(text).toMatch(/^kube-system +lease\.coordination\.k8s\.io\/scheduler +node-2 +\d+s$/m)
    expect(text).toMatch(/^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE$/m)
    expect(text).toMatch(/^default +pod\/web-1 +1\/1 +Running +3 +\d+s$/m)
  })

  it('gets more of a pod with -o wide', async () => {
    const [header, row] = rows(await kubectl('get', 'pods', '-o', 'wide'))
    expect(header).toContain('NODE')
    expect(row).toContain('node-1')
  })

  it('gets a lease as YAML', async () => {
    plantLease('yaml')
    const text = await kubectl('get', 'lease', 'yaml', '-o', 'yaml')
    expect(text).toMatch(/^apiVersion: coordination\.k8s\.io\/v1\nkind: Lease\n/)
    expect(text).toMatch(/\nspec:\n {2}holderIdentity: web-1\n {2}leaseDurationSeconds: 15\n$/)
  })

  it.each(['deployment', 'replicaset', 'statefulset'])('scales a %s', async (kind) => {
    const selector = { matchLabels: { app: 'scaled' } }
    sandbox.plant(`${kind}s.apps`, { metadata: { name: 'scaled' }, spec: { replicas: 1, selector } })
    expect(await kubectl('scale', kind, 'scaled', '--replicas=3')).toBe(`${kind}.apps/scaled scaled\n`)
    expect(sandbox.peek(`${kind}s.apps`, 'default', 'scaled')).toMatchObject({ spec: { replicas: 3, selector } })
    await kubectl('scale', `${kind}/scaled`, '--current-replicas=3', '--replicas=0')
    expect(sandbox.peek(`${kind}s.apps`, 'default', 'scaled')).toMatchObject({ spec: { replicas: 0 } })
    await expect(kubectl('scale', `${kind}/scaled`, '--current-replicas=3', '--replicas=1')).rejects.toThrow(/[Ee]xpected replicas to be 3, was 0/)
  })

  it.each(['strategic', 'merge'])('patches a lease (%s)', async (type) => {
    plantLease('patched')
    await kubectl('patch', 'lease', 'patched', `--type=${type}`, '-p', '{"spec":{"holderIdentity":"web-2"}}')
    expect(specOf('patched')).toEqual({ holderIdentity: 'web-2', leaseDurationSeconds: 15 })
  })

  it('patches a lease by JSON patch', async () => {
    plantLease('patched')
    await kubectl('patch', 'lease', 'patched', '--type=json', '-p', '[{"op":"remove","path":"/spec/holderIdentity"}]')
    expect(specOf('patched')).toEqual({ leaseDurationSeconds: 15 })
  })

  it('is told what is wrong with a patch', async () => {
    plantLease('refused')
    const patch = kubectl('patch', 'lease', 'refused', '-p', '{"spec":{"leaseDurationSeconds":0}}')
    await expect(patch).rejects.toThrow(
      'The Lease "refused" is invalid: spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    )
  })

  it('annotates and labels a lease', async () => {
    plantLease('marked')
    await kubectl('annotate', 'lease', 'marked', 'example.com/why=test')
    await kubectl('label', 'lease', 'marked', 'team=a')
    expect(sandbox.peek(LEASE, 'default', 'marked')).toMatchObject({
      metadata: { annotations: { 'example.com/why': 'test' }, labels: { team: 'a' } },
    })
    expect(await kubectl('get', 'leases', '-l', 'team=a', '-o', 'name')).toBe('lease.coordination.k8s.io/marked\n')
  })

  it('applies a file, and applies it again with a change', async () => {
    const file = join(folder, 'lease.yaml')
    const manifest = (holder: string): string =>
      `apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: applied}\nspec: {holderIdentity: ${holder}}\n`
    await writeFile(file, manifest('a'))
    expect(await kubectl('apply', '-f', file)).toBe('lease.coordination.k8s.io/applied created\n')
    expect(await kubectl('apply', '-f', file)).toBe('lease.coordination.k8s.io/applied unchanged\n')
    await writeFile(file, manifest('b'))
    expect(await kubectl('apply', '-f', file)).toBe('lease.coordination.k8s.io/applied configured\n')
    expect(specOf('applied')).toEqual({ holderIdentity: 'b' })
    expect(await kubectl('delete', '-f', file)).toMatch(/"applied" deleted/)
    expect(specOf('applied')).toBeUndefined()
  })

  it('creates a lease from a file, but not twice', async () => {
    const file = join(folder, 'created.json')
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'created' }, spec: {} }
    await writeFile(file, JSON.stringify(lease))
    expect(await kubectl('create', '-f', file)).toBe('lease.coordination.k8s.io/created created\n')
    await expect(kubectl('create', '-f', file)).rejects.toThrow('leases.coordination.k8s.io "created" already exists')
  })

  it('deletes a lease, and waits until it is gone', async () => {
    plantLease('deleted')
    expect(await kubectl('delete', 'lease', 'deleted')).toMatch(/"deleted" deleted/)
    expect(specOf('deleted')).toBeUndefined()
  })

  it('deletes a pod', async () => {
    sandbox.plant('pods', { metadata: { name: 'gone' }, spec: { containers: [], nodeName: 'node-1' } })
    expect(await kubectl('delete', 'pod', 'gone')).toMatch(/"gone" deleted/)
  })

  it('watches leases', async () => {
    plantLease('watched')
    const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: join(folder, 'config') }
    const watch = spawn(command(), ['get', 'leases', '-w', '--field-selector=metadata.name=watched'], { env })
    const line = lineReader(watch)
    expect(await line()).toMatch(/^NAME +HOLDER +AGE$/)
    expect(await line()).toMatch(/^watched +web-1 +\d+s$/)
    // kubectl lists first and watches then: what happens in between is told as well, since it watches from the list.
    sandbox.plant(LEASE, { metadata: { name: 'watched' }, spec: { holderIdentity: 'web-2' } })
    expect(await line()).toMatch(/^watched +web-2 +\d+s$/)
    watch.kill()
    await once(watch, 'close')
  })

  it('is told what it may not do', async () => {
    const refused = kubectl('get', 'leases', '--as', 'bob')
    await expect(refused).rejects.toThrow(
      'Error from server (Forbidden): leases.coordination.k8s.io is forbidden: User "bob" cannot list resource ' +
        '"leases" in API group "coordination.k8s.io" in the namespace "default"',
    )
  })

  it('says that a thing is not there', async () => {
    await expect(kubectl('get', 'lease', 'missing')).rejects.toThrow(
      'Error from server (NotFound): leases.coordination.k8s.io "missing" not found',
    )
  })

  it('describes a lease and a pod', async () => {
    plantLease('described')
    expect(await kubectl('describe', 'lease', 'described')).toMatch(/^ +Holder Identity: +web-1$/m)
    expect(await kubectl('describe', 'pod', 'web-1')).toMatch(/^Node: +node-1/m)
  })
})

/** The next line that a process prints; rejects where it ends first. */
function lineReader(child: ChildProcess): () => Promise<string> {
  let buffered = ''
  const chunks = child.stdout!.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>
  return async () => {
    for (;;) {
      const end = buffered.indexOf('\n')
      if (end >= 0) {
        const line = buffered.slice(0, end)
        buffered = buffered.slice(end + 1)
        return line
      }
      const { done, value } = await chunks.next()
      if (done) throw new Error('kubectl has ended.')
      buffered += value
    }
  }
}
