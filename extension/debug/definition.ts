import * as vscode from 'vscode'
import type { LockKind } from '../../shared/lease/election-ref.ts'
import { durationMsOf } from '../../shared/duration.ts'
import { usualMaxHoldMs } from '../commands/max-hold.ts'
import type { LaunchConfiguration, Overrides } from './base-configuration.ts'
import { DEBUG_TYPE } from './debug-type.ts'

const LOCKS: readonly string[] = ['lease', 'configmap', 'endpoints'] satisfies LockKind[]

/** A debug configuration that was checked. */
export interface DebugTerms {
  readonly lock: LockKind
  readonly name: string
  /** Undefined: the context's namespace. */
  readonly namespace: string | undefined
  /** Undefined: the current context. */
  readonly context: string | undefined
  /** `hold`: this window is the candidate. `keep`: the program is, and this window renews its lease while it is paused. */
  readonly mode: 'hold' | 'keep'
  /** In keep mode: the program's holder identity; null to find it out. */
  readonly identity: string | null
  readonly isTaking: boolean
  /** 0 means no limit. */
  readonly maxHoldMs: number
  /** The launch configuration to run while leading, or its name. */
  readonly base: string | LaunchConfiguration
  readonly overrides: Overrides
}

/** @throws Error that says which property is missing or not valid */
export function checkConfiguration(configuration: vscode.DebugConfiguration): DebugTerms {
  const { election, namespace, context, mode = 'hold', identity, take, maxHold, configuration: base, args = [], env = {} } = configuration as Record<string, unknown>
  if (!isBase(base)) refuse('configuration', base)
  if (mode !== 'hold' && mode !== 'keep') refuse('mode', mode)
  if (take !== undefined && typeof take !== 'boolean') refuse('take', take)
  // A lease can only be handed over to a holder identity.
  if (mode === 'keep' && take === true && !identity) refuse('identity', identity)
  if (mode === 'hold' && identity !== undefined) refuse('identity', identity)
  const maxHoldMs = maxHold === undefined ? usualMaxHoldMs() : typeof maxHold === 'string' ? durationMsOf(maxHold.trim()) : null
  if (maxHoldMs === null) refuse('maxHold', maxHold)
  if (!Array.isArray(args) || !args.every((word) => typeof word === 'string')) refuse('args', args)
  if (typeof env !== 'object' || env === null || !Object.values(env).every((value) => typeof value === 'string')) refuse('env', env)
  return {
    ...placeOf(election, optionalText('namespace', namespace)),
    context: optionalText('context', context),
    mode,
    identity: optionalText('identity', identity) ?? null,
    isTaking: take === true,
    maxHoldMs: maxHoldMs,
    base: base,
    overrides: { args: args, env: env as Record<string, string> },
  }
}

function isBase(base: unknown): base is string | LaunchConfiguration {
  if (typeof base === 'string') return base !== ''
  const { type, request, name } = (base ?? {}) as Readonly<Record<string, unknown>>
  return [type, request, name].every((text) => typeof text === 'string')
}

/** `NAME`, `NAMESPACE/NAME`, `LOCK/NAME` or `LOCK/NAMESPACE/NAME`. */
function placeOf(election: unknown, namespace: string | undefined): Pick<DebugTerms, 'lock' | 'namespace' | 'name'> {
  if (typeof election !== 'string') return refuse('election', election)
  const parts = election.split('/')
  const lock = parts.length > 1 && LOCKS.includes(parts[0]!) ? (parts.shift() as LockKind) : 'lease'
  const name = parts.pop() ?? ''
  const named = parts.pop() ?? namespace
  if (name === '' || named === '' || parts.length > 0) refuse('election', election)
  return { lock, namespace: named, name }
}

function optionalText(property: string, value: unknown): string | undefined {
  if (value === undefined || value === '') return undefined
  return typeof value === 'string' ? value : refuse(property, value)
}

function refuse(property: string, value: unknown): never {
  throw new Error(
    value === undefined
      ? vscode.l10n.t('The debug configuration of type {0} has no "{1}".', DEBUG_TYPE, property)
      : vscode.l10n.t('The "{1}" of the debug configuration of type {0} is not valid: {2}', DEBUG_TYPE, property, JSON.stringify(value)),
  )
}

/**
 * The launch configuration to run while leading: that of the same folder, of the workspace, or of the user.
 * @throws Error if there is none, or it cannot be run by another one
 */
export function baseConfiguration(folder: vscode.WorkspaceFolder | undefined, base: string | LaunchConfiguration): LaunchConfiguration {
  if (typeof base !== 'string') return base
  const name = base
  const launch = vscode.workspace.getConfiguration('launch', folder ?? null)
  const [configurations, compounds] = [namedIn(launch, 'configurations'), namedIn(launch, 'compounds')]
  const found = configurations.find((each) => each.name === name)
  if (found?.type === DEBUG_TYPE) throw new Error(vscode.l10n.t('The launch configuration "{0}" is of type {1} itself. Name the one that starts your program.', name, DEBUG_TYPE))
  if (found) return found
  if (compounds.some((each) => each.name === name)) {
    throw new Error(vscode.l10n.t('"{0}" is a compound. Only one program can run as the leader: name one of its configurations, or add this one to the compound.', name))
  }
  throw new Error(vscode.l10n.t('There is no launch configuration "{0}".', name))
}

/** What can be run while leading. */
export function baseConfigurations(folder: vscode.WorkspaceFolder | undefined): readonly LaunchConfiguration[] {
  const launch = vscode.workspace.getConfiguration('launch', folder ?? null)
  return namedIn(launch, 'configurations').filter(({ type }) => type !== DEBUG_TYPE)
}

function namedIn(launch: vscode.WorkspaceConfiguration, section: string): readonly LaunchConfiguration[] {
  const { workspaceFolderValue, workspaceValue, globalValue } = launch.inspect<unknown>(section) ?? {}
  return [workspaceFolderValue, workspaceValue, globalValue].flatMap((value) => (Array.isArray(value) ? (value as LaunchConfiguration[]) : []))
}
