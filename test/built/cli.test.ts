import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { BUILT_CLI, runBuilt, startBuilt } from '../support/built-cli.ts'

/** The program as it ships, run as a user runs it. */
let sandbox: Sandbox
let folder: string
let env: NodeJS.ProcessEnv

const plantLease = (name: string, spec: object = {}): void => {
  const renewTime = new Date().toISOString().replace('Z', '000Z')
  sandbox.plant('leases.coordination.k8s.io', {
    metadata: { namespace: 'default', name },
    spec: { holderIdentity: 'pod-a', leaseDurationSeconds: 15, leaseTransitions: 1, acquireTime: renewTime, renewTime, ...spec },
  })
}

beforeAll(async () => {
  sandbox = await startSandbox()
  folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-test-'))
  await writeFile(join(folder, 'config'), JSON.stringify(sandbox.kubeconfig()))
  env = { KUBECONFIG: join(folder, 'config') }
  // So long that no slow machine lets it run out.
  plantLease('scheduler', { leaseDurationSeconds: 3600 })
})

afterAll(async () => {
  await sandbox.close()
  await rm(folder, { recursive: true, maxRetries: 10 })
})

it('does not pass for a success if a command ends without a result', async () => {
  // A request that is never answered, and that nothing waits for.
  const silent = `import http from 'node:http'; http.request = () => ({ once() {}, on() {}, end() {}, destroy() {} })`
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(silent)}` }
  const { code, stdout, stderr } = await runBuilt(['list', '--server', 'http://127.0.0.1:1'], env)
  expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: '', stderr: 'Unexpected error: the command ended without a result.\n' })
})

describe('the launcher', () => {
  const onNode = (version: string) =>
    promisify(execFile)(process.execPath, [
      '-e',
      `Object.defineProperty(process.versions, 'node', { value: '${version}' }); require(${JSON.stringify(BUILT_CLI)})`,
    ]).then(
      () => ({ code: 0, stderr: '' }),
      (error: unknown) => error as { code: number; stderr: string },
    )

  it.each([['18.19.0'], ['20.20.2'], ['22.18.0']])('says in one sentence that Node.js %s is too old', async (version) => {
    const { code, stderr } = await onNode(version)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^kubectl-leader needs Node\.js 22\.19 or later, but found Node\.js [\d.]+ \(.*\)\. .*\n$/)
  })
})

describe('help and usage', () => {
  it('is printed, with every command, if no command is given', async () => {
    const { code, stdout, stderr } = await runBuilt([])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const command of ['list', 'describe', 'watch', 'wait', 'sandbox', 'completion', 'version']) {
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'))
    }
    expect(stdout).not.toContain('__complete')
  })

  it.each([
    ['an unknown command', ['lst'], /unknown command 'lst'[\s\S]*Did you mean list/],
    ['an unknown flag', ['list', '--allnamespaces'], /unknown option '--allnamespaces'/],
    ['a flag that lacks its value', ['list', '-n'], /argument missing/],
    ['a value that is none of the choices', ['list', '-o', 'xml'], /Use one of wide, json, yaml, name/],
    ['a duration that is none', ['list', '--request-timeout', 'soon'], /"soon" is not a valid duration/],
    ['a name that is none', ['describe', 'Not_A_Name'], /Not_A_Name/],
    ['no name', ['describe'], /missing required argument/],
  ])('%s ends with 2 and says what to do', async (_name, args, message) => {
    const { code, stdout, stderr } = await runBuilt(args)
    expect(stderr).toMatch(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })
})

describe('an error', () => {
  it.each([
    ['no kubeconfig', {}, 2, /kubeconfig/],
    ['a kubeconfig that is not there', { args: ['--kubeconfig', '/nonexistent/config'] }, 2, /\/nonexistent\/config/],
    ['an unknown context', { args: ['--context', 'nope'], kubeconfig: true }, 2, /context "nope"/],
    ['an address where nobody listens', { args: ['--server', 'http://127.0.0.1:1'] }, 3, /127\.0\.0\.1:1/],
    ['a name that cannot be resolved', { args: ['--server', 'http://no.such.host.invalid'] }, 3, /no\.such\.host\.invalid/],
  ])('%s', async (_name, { args = [], kubeconfig = false }: { args?: string[]; kubeconfig?: boolean }, expected, message) => {
    const { code, stdout, stderr } = await runBuilt(['list', ...args], kubeconfig ? env : {})
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^Error: .*\n$/)
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' })
  })

  it('names the missing permission, and exits with 4', async () => {
    sandbox.addUser({ name: 'nobody', rules: [] })
    await writeFile(join(folder, 'nobody'), JSON.stringify(sandbox.kubeconfig({ user: 'nobody' })))
    const { code, stderr } = await runBuilt(['list', '-A'], { KUBECONFIG: join(folder, 'nobody') })
    expect(stderr).toMatch(/list.*leases\.coordination\.k8s\.io/)
    expect(code).toBe(4)
  })
})

describe('output', () => {
  it('is one object with -o json', async () => {
    const { code, stdout, stderr } = await runBuilt(['list', '-o', 'json'], env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({
      apiVersion: 'leader.kubectl.dev/v1alpha1',
      kind: 'ElectionList',
      items: [{ namespace: 'default', name: 'scheduler', holderIdentity: 'pod-a', state: 'held', basis: 'recorded' }],
    })
  })

  it('exits silently when its reader is gone', async () => {
    for (let index = 0; index < 3000; index++) plantLease(`filler-${index}`)
    const child = spawn('sh', ['-c', `"$0" "$1" list | head -1`, process.execPath, BUILT_CLI], { env: { ...env, PATH: process.env['PATH'], HOME: folder } })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    await new Promise((resolve) => child.on('close', resolve))
    for (let index = 0; index < 3000; index++) sandbox.uproot('leases.coordination.k8s.io', 'default', `filler-${index}`)
    expect(text).toMatch(/^NAME +HOLDER[^\n]*\n$/)
  })
})

describe('Ctrl-C', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGQUIT', 131],
    ['SIGHUP', 129],
  ] as const)('%s ends watch at once with %s', async (signal, code) => {
    const watch = startBuilt(['watch', '-o', 'json'], env)
    await watch.printed('"type":"connected"')
    watch.kill(signal)
    expect(await watch.finished).toMatchObject({ code, signal: null, stderr: '' })
  })

  it('ends a request that is never answered', async () => {
    const thaw = sandbox.faults.freeze({ path: /leases/ })
    const asked = sandbox.requests.total
    const list = startBuilt(['list'], env)
    while (sandbox.requests.total === asked) await new Promise((resolve) => setTimeout(resolve, 20))
    list.kill('SIGINT')
    expect(await list.finished).toMatchObject({ code: 130, stdout: '', stderr: '' })
    thaw()
  })
})

it.runIf(existsSync('/dev/full'))('says that its output cannot be written, with code 3', async () => {
  const child = spawn('sh', ['-c', `"$0" "$1" list > /dev/full`, process.execPath, BUILT_CLI], { env: { ...env, HOME: folder } })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(3)
  expect(stderr).toMatch(/^Error: Cannot write the output: ENOSPC.*\n$/)
})

describe('the sandbox', () => {
  it('says what to do if its kubeconfig cannot be written', async () => {
    const { code, stderr } = await runBuilt(['sandbox'], { TMPDIR: '/nonexistent/nowhere' })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^Error: Cannot create a directory for the kubeconfig in \/nonexistent\/nowhere \(ENOENT\)/)
  })

  it('runs a command on itself, ends with its code, and leaves nothing behind', async () => {
    const { code, stdout } = await runBuilt(['sandbox', '--', 'sh', '-c', 'echo "$KUBECONFIG"; exit 7'])
    expect(code).toBe(7)
    expect(stdout).toMatch(/^\/.*\/config\n$/)
    expect(existsSync(stdout.trim())).toBe(false)
  })

  it('shows events for a bounded time where there is no terminal, and ends with 0', async () => {
    const { code, stdout } = await runBuilt(['sandbox', '--watch', '--duration', '3s'])
    expect(stdout).toContain('shop/checkout-operator')
    expect(code).toBe(0)
  })
})
