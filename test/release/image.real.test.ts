import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { packTree } from '../../release/archive.ts'
import { startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { freePorts } from '../support/real/ports.ts'
import { Container } from './container.ts'

/** The image as a release makes it: its digest, its contents, and how it runs against a real API server. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TAG = packageJson.version
const KEY = 'example.com/leader'
const patience = { timeout: 60_000, interval: 100 }
// Under /var/tmp, which no umask or TMPDIR of a build changes.
const folder = mkdtempSync('/var/tmp/kubectl-leader-image-')
chmodSync(folder, 0o755)
const layout = join(folder, 'layout')
const kubeconfig = join(folder, 'kubeconfig')
const unpacked = { amd64: join(folder, 'amd64'), arm64: join(folder, 'arm64') }
const running: Container[] = []

let cluster: RealCluster
let digests: readonly [string, string]

/** Builds the image in a process of its own, under a umask, with its temporary files in a folder. */
function build(out: string, umask: string, temporary: string, env: NodeJS.ProcessEnv = {}): string {
  mkdirSync(temporary)
  const command = ['-c', 'umask "$1"; exec "$2" release/image/image.ts --out "$3"', 'sh', umask, process.execPath, out]
  const printed = execFileSync('sh', command, { cwd: ROOT, env: { ...process.env, TMPDIR: temporary, ...env }, encoding: 'utf8' })
  return /sha256:\w{64}/.exec(printed)![0]
}

const blob = (of: string, digest: string): string => readFileSync(join(of, 'blobs/sha256', digest.replace('sha256:', '')), 'utf8')

beforeAll(async () => {
  cluster = await startRealCluster()
  copyFileSync(cluster.kubeconfig, kubeconfig)
  chmodSync(kubeconfig, 0o644)
  const again = join(folder, 'again')
  digests = [
    build(layout, '022', join(folder, 'one')),
    build(again, '077', join(folder, 'a-longer-path'), { TZ: 'Asia/Tokyo', LC_ALL: 'C' }),
  ]
  rmSync(again, { recursive: true })
  for (const architecture of ['amd64', 'arm64'] as const) {
    const single = `oci:${join(folder, 'single')}:${architecture}`
    execFileSync('skopeo', ['copy', '--quiet', '--override-arch', architecture, `oci:${layout}:${TAG}`, single])
    execFileSync('umoci', ['unpack', '--image', single.replace('oci:', ''), unpacked[architecture]], { stdio: 'ignore' })
  }
}, 900_000)

afterAll(async () => {
  for (const container of running) container[Symbol.dispose]()
  await cluster.close()
  rmSync(folder, { recursive: true, maxRetries: 10 })
})

function start(options: ConstructorParameters<typeof Container>[2], architecture: keyof typeof unpacked = 'amd64'): Container {
  const files = { '/kubeconfig': kubeconfig, ...options.files }
  const container = new Container(unpacked[architecture], folder, { ...options, env: { KUBECONFIG: '/kubeconfig', ...options.env }, files })
  running.push(container)
  return container
}

describe('the image', () => {
  it('has the same digest if it is built twice', () => {
    expect(digests[1]).toBe(digests[0])
  })

  it('has the same digest in a registry that it is pushed to, and when it is pulled from there', async () => {
    const [port] = (await freePorts(1)) as [number]
    const config = join(folder, 'registry.yml')
    const storage = { filesystem: { rootdirectory: join(folder, 'registry') } }
    writeFileSync(config, JSON.stringify({ version: 0.1, log: { level: 'error' }, storage, http: { addr: `127.0.0.1:${port}` } }))
    const registry = spawn('docker-registry', ['serve', config], { stdio: 'ignore' })
    try {
      await expect.poll(() => fetch(`http://127.0.0.1:${port}/v2/`).then(({ status }) => status, String), patience).toBe(200)
      const pushed = `docker://127.0.0.1:${port}/team/kubectl-leader:${TAG}`
      const pulled = `oci:${join(folder, 'pulled')}:${TAG}`
      packTree(layout, join(folder, 'image.tar'))
      execFileSync('skopeo', ['copy', '--quiet', '--all', `oci-archive:${join(folder, 'image.tar')}`, pushed, '--dest-tls-verify=false'])
      execFileSync('skopeo', ['copy', '--quiet', '--all', pushed, pulled, '--src-tls-verify=false'])
      for (const image of [pushed, pulled]) {
        const raw = execFileSync('skopeo', ['inspect', '--raw', image, ...(image === pushed ? ['--tls-verify=false'] : [])])
        expect(`sha256:${createHash('sha256').update(raw).digest('hex')}`).toBe(digests[0])
      }
    } finally {
      registry.kill('SIGKILL')
      await once(registry, 'close')
    }
  })

  it('is for two platforms, with a user, an entrypoint, labels and annotations', () => {
    const index = JSON.parse(blob(layout, digests[0])) as { manifests: { digest: string; platform: object }[]; annotations: object }
    expect(index.manifests.map(({ platform }) => platform)).toEqual(['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture })))
    const annotations = { 'org.opencontainers.image.title': 'kubectl-leader', 'org.opencontainers.image.version': TAG, 'org.opencontainers.image.licenses': 'Apache-2.0' }
    expect(index.annotations).toMatchObject(annotations)
    for (const { digest, platform } of index.manifests) {
      const manifest = JSON.parse(blob(layout, digest)) as { config: { digest: string }; annotations: object }
      expect(manifest.annotations).toMatchObject(annotations)
      expect(JSON.parse(blob(layout, manifest.config.digest))).toMatchObject({
        ...platform,
        config: { User: '65532:65532', Entrypoint: ['/usr/bin/tini', '-s', '--', '/usr/bin/kubectl-leader'], Labels: annotations },
      })
    }
  })

  it.each(['amd64', 'arm64'] as const)('has a bill of materials of all that is in it (%s)', (architecture) => {
    const root = join(unpacked[architecture], 'rootfs')
    const sbom = JSON.parse(readFileSync(join(root, 'usr/share/doc/kubectl-leader/sbom.spdx.json'), 'utf8')) as {
      packages: { SPDXID: string; name: string; versionInfo: string; checksums?: { checksumValue: string }[] }[]
      relationships: { relatedSpdxElement: string }[]
    }
    const program = createHash('sha256').update(readFileSync(join(root, 'usr/bin/kubectl-leader'))).digest('hex')
    expect(sbom.packages[0]).toMatchObject({ name: 'kubectl-leader', checksums: [{ checksumValue: program }] })
    const listed = sbom.packages.map(({ name, versionInfo }) => `${name} ${versionInfo}`)
    const installed = globSync('var/lib/dpkg/status.d/*', { cwd: root }).map((file) => readFileSync(join(root, file), 'utf8'))
    expect(installed.length).toBeGreaterThan(5)
    const debian = installed.map((record) => `${/^Package: (.*)$/m.exec(record)![1]!} ${/^Version: (.*)$/m.exec(record)![1]!}`)
    const notices = readFileSync(join(root, 'usr/share/doc/kubectl-leader/THIRD-PARTY-NOTICES.txt'), 'utf8')
    const bundled = [...notices.matchAll(/^-{80}\n\n(\S+) (\S+) \(/gm)]
    expect(bundled.length).toBeGreaterThan(5)
    expect(listed).toEqual(expect.arrayContaining([...debian, ...bundled.map(([, name, version]) => `${name!} ${version!}`)]))
    expect(new Set(sbom.relationships.map(({ relatedSpdxElement }) => relatedSpdxElement))).toEqual(new Set(sbom.packages.map(({ SPDXID }) => SPDXID)))
  })

  it.each([
    ['amd64', 'Advanced Micro Devices X86-64'],
    ['arm64', 'AArch64'],
  ] as const)('has each library that its programs need, for %s', (architecture, machine) => {
    const root = join(unpacked[architecture], 'rootfs')
    const libraries = new Set(globSync(['usr/lib/*/*.so*', 'usr/lib/*.so*', 'usr/lib64/*.so*'], { cwd: root }).map((file) => file.split('/').at(-1)))
    for (const program of ['usr/bin/kubectl-leader', 'usr/bin/tini']) {
      const elf = execFileSync('readelf', ['--file-header', '--dynamic', join(root, program)], { encoding: 'utf8' })
      expect(elf).toContain(machine)
      const needed = elf.match(/(?<=NEEDED.*\[)[^\]]+/g)!
      expect(needed.filter((library) => !libraries.has(library))).toEqual([])
    }
  })
})

describe('a container', () => {
  it('has tini as its first process, runs without root or privileges, and cannot write to its root', async () => {
    const container = start({ args: ['join', 'contents', '--id', 'c', '--yes', '--max-hold', '0'] })
    await expect.poll(() => container.stdout, patience).toContain('started-leading')
    const [first, ...others] = container.processes()
    expect(first).toMatchObject({ Name: 'tini', NSpid: expect.stringMatching(/\t1$/), Uid: expect.stringMatching(/^65532\t65532/), CapEff: '0000000000000000', NoNewPrivs: '1' })
    for (const each of others) expect(each).toMatchObject({ Uid: expect.stringMatching(/^65532\t65532/), CapEff: '0000000000000000' })
    expect(() => writeFileSync(`/proc/${container.pid}/root/tmp/x`, '')).toThrow('EROFS')
    container.signal('KILL')
    await container.ended
  })

  it.each(['TERM', 'QUIT'])('joins, serves, and releases the lease on SIG%s', async (signal) => {
    const [port] = (await freePorts(1)) as [number]
    const container = start({ args: ['join', `web-${signal.toLowerCase()}`, '--id', 'one', '--yes', '--max-hold', '0', `--http=127.0.0.1:${port}`] })
    const served = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}/`)).json().catch(String)
    await expect.poll(() => served().catch(String), patience).toMatchObject({ name: 'one' })
    container.signal(signal)
    await container.ended
    const holder = ['get', 'lease', `web-${signal.toLowerCase()}`, '-o', 'jsonpath=[{.spec.holderIdentity}]']
    expect(await cluster.kubectl(holder)).toBe('[]')
  })

  it('does so as well without tini, as with the command of printed manifests', async () => {
    const container = start({ command: ['kubectl-leader', 'join', 'alone', '--id', 'one', '--yes', '--max-hold', '0'] })
    await expect.poll(() => container.stdout, patience).toContain('started-leading')
    expect(container.processes()[0]).toMatchObject({ Name: expect.not.stringContaining('tini'), NSpid: expect.stringMatching(/\t1$/) })
    container.signal('TERM')
    await container.ended
    expect(await cluster.kubectl(['get', 'lease', 'alone', '-o', 'jsonpath=[{.spec.holderIdentity}]'])).toBe('[]')
  })

  it('joins and releases as well on arm64, here in an emulator', async () => {
    const emulator = '/usr/bin/qemu-aarch64-static'
    // Without tini's -s, which QEMU does not know. The first process reaps without it.
    const command = [emulator, '/usr/bin/tini', '--', emulator, '/usr/bin/kubectl-leader', 'join', 'arm', '--id', 'one', '--yes', '--max-hold', '0']
    const container = start({ command, files: { [emulator]: emulator } }, 'arm64')
    await expect.poll(() => container.stdout, patience).toContain('started-leading')
    container.signal('TERM')
    await container.ended
    expect(container.stdout).toContain('released')
    expect(await cluster.kubectl(['get', 'lease', 'arm', '-o', 'jsonpath=[{.spec.holderIdentity}]'])).toBe('[]')
  })

  it('reaps what a command leaves behind', async () => {
    const script = '(sleep 2 & echo orphan $!); exec sleep 1000'
    const container = start({
      args: ['join', 'orphans', '--id', 'one', '--yes', '--', '/bin/sh', '-c', script],
      files: { '/usr/bin/sh': '/bin/dash', '/usr/bin/sleep': '/bin/sleep' },
    })
    await expect.poll(() => container.stdout, patience).toMatch(/orphan \d+/)
    const id = /orphan (\d+)/.exec(container.stdout)![1]!
    const orphan = (): Readonly<Record<string, string>> | undefined => container.processes().find(({ NSpid }) => NSpid!.endsWith(`\t${id}`))
    const tini = container.processes()[0]!
    await expect.poll(() => orphan()?.['PPid'], patience).toBe(tini['Pid'])
    await expect.poll(orphan, patience).toBeUndefined()
    container.signal('TERM')
    await container.ended
  })

  it("keeps a label on the leader's Pod", async () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-0', labels: { app: 'web' } }, spec: { containers: [{ name: 'a', image: 'a' }], automountServiceAccountToken: false } }
    await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(pod) })
    const leader = start({ args: ['join', 'labeled', '--id', 'web-0', '--yes', '--max-hold', '0'] })
    const labeler = start({ args: ['label', 'labeled', '--label', KEY, '-l', 'app=web'] })
    const labeled = (): Promise<string> => cluster.kubectl(['get', 'pods', '-l', `${KEY}=true`, '-o', 'name'])
    await expect.poll(labeled, patience).toBe('pod/web-0\n')
    leader.signal('TERM')
    await leader.ended
    await expect.poll(labeled, patience).toBe('')
    labeler.signal('TERM')
    await labeler.ended
  })
})
