import { Option } from 'commander'

/** `--category`: the categories of leases to include. */
export function categoryOption(): Option {
  return new Option('--category <category>', 'category of leases to include')
    .choices(['election', 'node', 'apiserver', 'other', 'all'])
    .default(undefined, 'election')
}
