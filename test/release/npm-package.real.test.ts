import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** The npm package as `npm pack` makes it and npm installs it, in a folder that has nothing else. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-npm-'))
const run = promisify(execFile)

interface Packed {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}
let packed: Packed

const inFolder = async (command: string, ...args: readonly string[]): Promise<string> =>
  (await run(command, args, { cwd: folder, env: { ...process.env, KUBECONFIG: '' } })).stdout

beforeAll(async () => {
  const { stdout } = await run('npm', ['pack', '--silent', '--json', '--pack-destination', folder], { cwd: ROOT })
  packed = (JSON.parse(stdout) as [Packed])[0]
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  await inFolder('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', `./${packed.filename}`)
}, 600_000)
afterAll(() => rmSync(folder, { recursive: true, maxRetries: 10 }))

describe('the npm package', () => {
  it('contains only the command-line program, the library with its types, and the licenses', () => {
    const paths = packed.files.map(({ path }) => path).filter((path) => !/^dist\/types\/[\w/-]+\.d\.ts$/.test(path))
    expect(paths.sort()).toEqual(
      [
        ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'],
        ...['dist/kubectl-leader.cjs', 'dist/index.mjs', 'dist/testing.mjs', 'dist/cli/THIRD-PARTY-NOTICES.txt'],
        ...['list.cjs', 'main.cjs', 'prom-client.cjs', 'redis.cjs', 'screen.cjs', 'socks.cjs', 'start.cjs', 'watchdog.cjs', 'yaml.cjs'].map((file) => `dist/cli/${file}`),
      ].sort(),
    )
  })

  it('is smaller than 1.1 MB', () => {
    expect(packed.size).toBeLessThan(1_100_000)
  })

  it('installs only the dependencies of the library, and theirs', async () => {
    const { dependencies } = JSON.parse(await inFolder('npm', 'ls', '--all', '--json')) as {
      dependencies: { 'kubectl-leader': { dependencies: object } }
    }
    expect(Object.keys(dependencies['kubectl-leader'].dependencies).sort()).toEqual(['@bufbuild/protobuf', '@redis/client', 'js-yaml', 'socks'])
  })

  it('bundles no package into its library', () => {
    expect(readFileSync(join(folder, 'node_modules/kubectl-leader/dist/index.mjs'), 'utf8')).not.toContain('node_modules/')
  })
})

describe('the command', () => {
  it('runs in the sandbox', async () => {
    const listed = await inFolder('npx', 'kubectl-leader', 'sandbox', '--', 'npx', 'kubectl-leader', 'list', '-A')
    expect(listed).toMatch(/^kube-system +kube-scheduler /m)
  })
})

/** A program on the library: a candidate that leads once, on a sandbox of its own. */
const PROGRAM = `
import { connect, LeaderElector, LeaseLock, startSandbox, systemClock, type Election } from 'kubectl-leader'

const sandbox = await startSandbox()
const client = await connect(
  { kubeConfig: { exportConfig: () => JSON.stringify(sandbox.kubeconfig()) } },
  { env: process.env, clock: systemClock, version: '1.0.0' },
)
const done = new AbortController()
const elector = new LeaderElector({
  lock: new LeaseLock(client, { namespace: client.namespace, name: 'demo' }),
  identity: 'me',
  onStartedLeading: async ({ identity, fencingToken }) => {
    const token: string = fencingToken
    console.log(identity, 'leads with a token:', token !== '')
    done.abort()
  },
})
await elector.run(done.signal)
client.close()
await sandbox.close()
const name = (election: Election): string => election.name
console.log(typeof name)
`

describe('a TypeScript program that imports the library', () => {
  const library = readFileSync(join(ROOT, 'docs/library.md'), 'utf8')
  const examples = [...library.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, example]) => example!)
  const pages = examples.map((_, index) => `page-${index}.ts`)

  beforeAll(() => {
    for (const [index, page] of pages.entries()) writeFileSync(join(folder, page), examples[index]!)
    writeFileSync(join(folder, 'program.ts'), PROGRAM)
    writeFileSync(join(folder, 'wrong.ts'), PROGRAM.replace("identity: 'me'", 'identity: 1'))
    // As who writes one has them.
    mkdirSync(join(folder, 'node_modules/@types'))
    for (const name of ['@types/node', 'undici-types']) {
      symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
    }
  })

  const compile = (...args: readonly string[]): Promise<string> =>
    inFolder(
      process.execPath,
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      ...['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2023', '--types', 'node', ...args],
    )

  it.each([
    ['nodenext', ['--module', 'nodenext']],
    ['bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
  ])('type-checks, with those in docs/library.md and with all declarations, where modules are resolved as %s', async (_, options) => {
    await expect(compile(...options, 'program.ts', ...pages)).resolves.toBe('')
  })

  it('does not type-check if it has an error', async () => {
    await expect(compile('--module', 'nodenext', '--skipLibCheck', 'wrong.ts')).rejects.toMatchObject({
      stdout: expect.stringContaining("'number' is not assignable to type 'string'"),
    })
  })

  it('runs', async () => {
    expect(await inFolder(process.execPath, 'program.ts')).toBe('me leads with a token: true\nfunction\n')
  })
})
