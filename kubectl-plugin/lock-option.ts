import { Option } from 'commander'
import type { LockKind } from '../shared/lease/election-ref.ts'
import { CommandError } from './exit-code.ts'

const LOCKS = ['lease', 'configmap', 'endpoints'] as const satisfies readonly LockKind[]

/** `--lock`: the kinds of lock to read. It can be repeated, and takes comma-separated lists. */
export function lockOption(): Option {
  return new Option('--lock <kind>', 'kind of lock to read: lease, configmap, endpoints or all; can be repeated (default: lease)').argParser(
    (value: string, earlier: readonly LockKind[] | undefined) => [...new Set([...(earlier ?? []), ...locksIn(value)])],
  )
}

function locksIn(value: string): readonly LockKind[] {
  if (value === 'all') return LOCKS
  return value.split(',').map((part) => {
    const lock = LOCKS.find((known) => known === part)
    if (!lock) throw new CommandError(`Unknown lock kind "${part}". Use lease, configmap, endpoints or all.`)
    return lock
  })
}
