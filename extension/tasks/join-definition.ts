import * as vscode from 'vscode'
import type { LockKind } from '../../shared/lease/election-ref.ts'
import { parseLockAddress, type LockAddress } from '../../shared/locks/lock-address.ts'
import { durationMsOf } from '../../shared/duration.ts'

/** The type of the tasks, in tasks.json. */
export const TASK_TYPE = 'kubectl-leader'

/** A task that runs a command while it leads: as it is in tasks.json. */
export interface JoinDefinition extends vscode.TaskDefinition {
  /** `NAME`, or `LOCK/NAME`. */
  readonly election: string
  /** Default: the context's namespace. */
  readonly namespace?: string
  /** Default: the kubeconfig's current context. */
  readonly context?: string
  readonly command: string
  /** Whether to move leadership to the task now, instead of waiting as a standby. */
  readonly take?: boolean
  /** Maximum hold time per term, as text. Default: the setting. */
  readonly maxHold?: string
}

/** A definition that was checked. */
export interface JoinTerms {
  readonly lock: LockKind
  readonly name: string
  readonly namespace: string | undefined
  readonly context: string | undefined
  readonly command: string
  readonly isTaking: boolean
  /** 0 means no limit; undefined if the task does not say. */
  readonly maxHoldMs: number | undefined
}

/** @throws Error that says which property is missing or not valid */
export function checkDefinition(definition: vscode.TaskDefinition): JoinTerms {
  const { election, namespace, context, command, take, maxHold } = definition as Partial<Record<keyof JoinDefinition, unknown>>
  const { lock, name } = addressOf(election)
  if (typeof command !== 'string' || command.trim() === '') refuse('command', command)
  if (take !== undefined && typeof take !== 'boolean') refuse('take', take)
  const maxHoldMs = maxHold === undefined ? undefined : typeof maxHold === 'string' ? durationMsOf(maxHold.trim()) : null
  if (maxHoldMs === null) refuse('maxHold', maxHold)
  return {
    lock,
    name,
    namespace: optionalText('namespace', namespace),
    context: optionalText('context', context),
    command: (command).trim(),
    isTaking: take === true,
    maxHoldMs: maxHoldMs ?? undefined,
  }
}

function addressOf(election: unknown): { readonly lock: LockKind; readonly name: string } {
  if (typeof election !== 'string') return refuse('election', election)
  let address: LockAddress
  try {
    address = parseLockAddress(election)
  } catch {
    return refuse('election', election)
  }
  return address.lock === 'redis' ? refuse('election', election) : { lock: address.lock ?? 'lease', name: address.name }
}

function optionalText(property: string, value: unknown): string | undefined {
  if (value === undefined || value === '') return undefined
  return typeof value === 'string' ? value : refuse(property, value)
}

function refuse(property: string, value: unknown): never {
  throw new Error(
    value === undefined
      ? vscode.l10n.t('The task of type {0} has no "{1}".', TASK_TYPE, property)
      : vscode.l10n.t('The "{1}" of the task of type {0} is not valid: {2}', TASK_TYPE, property, JSON.stringify(value)),
  )
}
