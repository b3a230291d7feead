import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BUILT_CLI, type Finished } from '../support/built-cli.ts'
import { outcomeOf } from './outcome.ts'
import { inWorld, type Outcome, type ParityCase } from './parity-case.ts'
import { createWorld, type SentRequest, type World } from './world.ts'

/** What one program did in a case. Paths and ports, of which each has its own, have names. */
export interface Observation {
  readonly outcome: Outcome | 'unknown'
  readonly requests: readonly SentRequest[]
  /** Who asked, over all requests. */
  readonly identities: readonly string[]
  readonly pluginRuns: readonly PluginRun[]
  /** The tokens of auth-providers that kubectl finds in the kubeconfig afterwards. */
  readonly keptTokens: readonly string[]
}

interface PluginRun {
  /** KUBERNETES_EXEC_INFO. */
  readonly info: unknown
  /** The variable PROBE. */
  readonly probe: string
  readonly args: readonly string[]
}

/** Longer than any case takes on a busy machine. */
const LONGEST_MS = 60_000

/** Runs kubectl, or the built program, on a case in a world of its own. */
export async function observe(program: 'kubectl' | 'ours', parityCase: ParityCase): Promise<Observation & { readonly stderr: string }> {
  const world = await createWorld(parityCase)
  const finished = await run(program, parityCase, world)
  const observation: Observation = {
    outcome: outcomeOf(program, finished, world.connections),
    requests: world.requests,
    identities: [...world.identities].sort(),
    pluginRuns: await pluginRuns(world),
    keptTokens: await keptTokens(world),
  }
  return { ...(JSON.parse(withNames(JSON.stringify(observation), world)) as Observation), stderr: finished.stderr }
}

async function run(program: 'kubectl' | 'ours', parityCase: ParityCase, world: World): Promise<Finished> {
  const args = inWorld(parityCase.args ?? [], world)
  // Named in full, so that kubectl finds the resource in what it has kept.
  const [command, ...before] =
    program === 'kubectl' ? [kubectl(), 'get', 'leases.v1.coordination.k8s.io'] : [process.execPath, BUILT_CLI, 'list']
  const env = { PATH: process.env['PATH'], HOME: world.home, ...inWorld(parityCase.env ?? {}, world) }
  return new Promise((resolve, reject) => {
    const options = { env, cwd: world.home, timeout: LONGEST_MS, killSignal: 'SIGKILL' } as const
    const child = execFile(command, [...before, ...args], options, (error, stdout, stderr) => {
      if (error?.killed) reject(new Error(`${program} did not end: ${stdout}${stderr}`))
      else resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr })
    })
    child.stdin?.end()
  })
}

/** The kubectl that the environment names, as test/install/kubectl.sh prints it. */
function kubectl(): string {
  const path = process.env['KUBECTL']
  if (!path) throw new Error('This suite needs kubectl 1.32 or later. Set KUBECTL=$(test/install/kubectl.sh).')
  accessSync(path, constants.X_OK)
  return path
}

async function pluginRuns({ home }: World): Promise<PluginRun[]> {
  const noted = await readFile(join(home, 'runs'), 'utf8').catch(() => '')
  return noted
    .split('END\n')
    .slice(0, -1)
    .map((lines) => {
      const [info = '', probe = '', ...args] = lines.split('\n').slice(0, -1)
      return { info: JSON.parse(info) as unknown, probe, args }
    })
}

async function keptTokens({ home }: World): Promise<string[]> {
  const kubeconfig = join(home, '.kube/config')
  const text = await readFile(kubeconfig, 'utf8').catch(() => '')
  if (!text.includes('auth-provider')) return []
  const args = ['config', 'view', '--raw', '-o', 'json', '--kubeconfig', kubeconfig]
  const { stdout } = await promisify(execFile)(kubectl(), args).catch(() => ({ stdout: '{}' }))
  const { users } = JSON.parse(stdout) as { users?: { user: { 'auth-provider'?: { config?: Record<string, string> } } }[] | null }
  const configs = (users ?? []).map(({ user }) => user['auth-provider']?.config ?? {})
  return configs.flatMap((config) => ['id-token', 'refresh-token'].map((field) => `${field}: ${config[field] ?? ''}`))
}

function withNames(text: string, world: World): string {
  return (['api', 'elsewhere', 'proxy', 'secureProxy'] as const).reduce(
    (named, server) => named.replaceAll(`:${new URL(world[server]).port}`, `:${server}`),
    text.replaceAll(world.home, '~'),
  )
}
