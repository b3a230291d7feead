import { Option } from 'commander'
import { CommandError } from './exit-code.ts'
import type { ClusterLockKind } from './election-name.ts'

const LOCKS = ['lease', 'configmap', 'endpoints'] as const satisfies readonly ClusterLockKind[]

/** `--lock`, which may be repeated or given a list with commas: the kinds of object to look for elections in. */
export function lockOption(): Option {
  return new Option('--lock <kind>', 'where elections are kept: lease (default), configmap, endpoints or all; may be repeated').argParser(
    (value: string, earlier: readonly ClusterLockKind[] | undefined) => [...new Set([...(earlier ?? []), ...locksIn(value)])],
  )
}

function locksIn(value: string): readonly ClusterLockKind[] {
  if (value === 'all') return LOCKS
  return value.split(',').map((part) => {
    const lock = LOCKS.find((known) => known === part)
    if (!lock) throw new CommandError(`There is no lock of kind "${part}". Use lease, configmap, endpoints or all.`)
    return lock
  })
}
