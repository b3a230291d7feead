/** A launch configuration, as it is in launch.json. */
export interface LaunchConfiguration {
  readonly type: string
  readonly request: string
  readonly name: string
  readonly [property: string]: unknown
}

/** What a kubectl-leader configuration changes in its base. */
export interface Overrides {
  /** Appended to the arguments of the program. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** The sections of launch.json that apply on one system only. */
const PLATFORM_SECTIONS: Partial<Record<NodeJS.Platform, 'windows' | 'osx'>> = { win32: 'windows', darwin: 'osx' }

/** The flags that turn off the election of common programs, with what they are set to. */
const ELECTION_FLAG = /^(--?(?:enable-)?(?:leader-elect(?:ion)?|leader-election-enabled))(?:=.*)?$/

/**
 * The configuration with which the program is started: its base with the overrides, with the section of this platform
 * merged, and without tasks, which the session that leads runs.
 */
export function childConfiguration(base: LaunchConfiguration, { args, env }: Overrides, platform: NodeJS.Platform): LaunchConfiguration {
  const { preLaunchTask: _pre, postDebugTask: _post, preRestartTask: _preRestart, postRestartTask: _postRestart, ...merged } = forPlatform(base, platform)
  return { ...merged, ...withEnvironment(merged, env), ...(args.length > 0 && { args: withArguments(merged['args'], args) }) }
}

/** The configuration as it applies on this platform. */
export function forPlatform(base: LaunchConfiguration, platform: NodeJS.Platform): LaunchConfiguration {
  const { windows, osx, linux, ...common } = base
  const sections: Readonly<Record<string, unknown>> = { windows, osx, linux }
  const section = sections[PLATFORM_SECTIONS[platform] ?? 'linux']
  return { ...common, ...(isObject(section) && section) }
}

/** The arguments that turn off the program's own election, if it has a flag for that. */
export function proposedArguments(base: LaunchConfiguration): readonly string[] {
  const { args } = base
  const words = Array.isArray(args) ? args.filter((word) => typeof word === 'string') : typeof args === 'string' ? args.split(/\s+/) : []
  return words.flatMap((word) => {
    const flag = ELECTION_FLAG.exec(word)?.[1]
    return flag === undefined ? [] : [`${flag}=false`]
  })
}

/** Why it cannot be seen that the program has ended, although it runs on this machine's debugger; null if it can. */
export function blindness(base: LaunchConfiguration, platform: NodeJS.Platform): 'attach' | 'elsewhere' | 'platform' | null {
  if (platform === 'win32') return 'platform'
  if (base.request !== 'launch') return 'attach'
  const isElsewhere = /docker|container/i.test(base.type) || ['pipeTransport', 'remoteAttribute', 'hostName', 'miDebuggerServerAddress'].some((name) => base[name] !== undefined)
  return isElsewhere ? 'elsewhere' : null
}

function withArguments(present: unknown, added: readonly string[]): unknown {
  if (typeof present === 'string') return [present, ...added].join(' ')
  return [...(Array.isArray(present) ? (present as unknown[]) : []), ...added]
}

/** Debuggers differ in how they write the environment. */
function withEnvironment(base: LaunchConfiguration, added: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const { type, env, environment } = base
  if (type === 'cppdbg' || type === 'cppvsdbg') {
    const present: unknown[] = Array.isArray(environment) ? environment : []
    return { environment: [...present, ...Object.entries(added).map(([name, value]) => ({ name, value }))] }
  }
  if (Array.isArray(env)) return { env: [...(env as unknown[]), ...Object.entries(added).map(([name, value]) => `${name}=${value}`)] }
  return { env: { ...(isObject(env) && env), ...added } }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
