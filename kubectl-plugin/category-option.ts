import { Option } from 'commander'

/** `--category`: which uses of a lease are shown. */
export function categoryOption(): Option {
  return new Option('--category <category>', 'what leases are for; elections are shown by default').choices([
    'election',
    'node',
    'apiserver',
    'other',
    'all',
  ])
}
