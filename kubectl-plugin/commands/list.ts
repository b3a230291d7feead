import { Option, type Command } from 'commander'
import { withAdvice } from '../output/advice.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { listElections } from '../../shared/cluster/elections/election-list.ts'
import type { HolderLookup } from '../../shared/cluster/holders/holder-lookup.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Category } from '../../shared/lease/category.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { LockKind } from '../../shared/lease/election-ref.ts'
import type { ClusterLockAddress } from '../../shared/locks/lock-address.ts'
import { categoryOption } from '../category-option.ts'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { lockOption } from '../lock-option.ts'
import { colorOption, wantsColor, type ColorMode } from '../output/color.ts'
import { electionColumns } from '../output/election-columns.ts'
import { API_VERSION, rowJson } from '../output/election-json.ts'
import { electionOrder } from '../output/election-order.ts'
import { electionRows, type ElectionRow } from '../output/election-row.ts'
import { printList, printObject } from '../output/machine-output.ts'
import { objectName } from '../output/object-name.ts'
import { OUTPUT_FORMATS, parseOutputFormat, type OutputFormat } from '../output/output-format.ts'
import { tableLines, type Column } from '../output/table.ts'
import { printText } from '../output/wrap.ts'
import { writeLines } from '../output/write-lines.ts'
import type { Session } from '../session.ts'

interface ListFlags extends ConnectionFlags {
  readonly allNamespaces?: boolean
  readonly selector?: string
  readonly output?: OutputFormat
  readonly watch?: boolean
  readonly fieldSelector?: string
  readonly labelColumns?: readonly string[]
  readonly chunkSize?: number
  readonly sortBy?: string
  readonly category?: Category | 'all'
  readonly lock?: readonly LockKind[]
  readonly headers: boolean
  readonly showLabels?: boolean
  readonly color: ColorMode
}

/** `list`: the elections with their holders and states, as their records say. */
export function registerList(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('list')
    .aliases(['get', 'ls'])
    .summary('list elections with holder, state and expiry')
    .description(
      'Lists elections with their holder, state, renewal and expiry times, and number of transitions.\n\n' +
        'list reads each record once. Times and states therefore come from the timestamps that the holder wrote, and are ' +
        'marked with "~". To see whether a lease is being renewed, use watch.\n\n' +
        '-o jsonpath and -o custom-columns work as in kubectl, on the objects that -o json prints (.name, .holderIdentity, ' +
        '.state…), not on Lease objects. For Lease objects, use "kubectl get leases".',
    )
    .argument('[names...]', 'elections to show: NAME, lease/NAME, configmap/NAME or endpoints/NAME (default: all)')
    .option('-A, --all-namespaces', 'include all namespaces')
    .option('-l, --selector <labels>', 'label selector to filter on, same as for kubectl')
    .option('--field-selector <fields>', 'field selector to filter on, same as for kubectl')
    .addOption(
      new Option(
        '-o, --output <format>',
        'output format; wide adds Pod, Node and owner ("?" marks a Pod that was inferred); jsonpath= and custom-columns= read the fields of -o json',
      )
        .choices(OUTPUT_FORMATS)
        .argParser(parseOutputFormat),
    )
    .option('-w, --watch', 'watch instead of listing once, same as the watch command')
    .option('--sort-by <column>', 'column to sort by: name, namespace, holder, state (worst first), renewed, expires, transitions or age, or a field of -o json (default: namespace and name)')
    .addOption(categoryOption())
    .addOption(lockOption())
    .option('--no-headers', 'do not print the header row')
    .option('--show-labels', 'show all labels in the last column')
    .addOption(
      new Option('-L, --label-columns <keys>', 'labels to show, each in its own column; comma-separated, can be repeated').argParser(
        (value: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), ...value.split(',')],
      ),
    )
    .addOption(
      new Option('--chunk-size <number>', 'number of objects to read per page (default: all at once, from the cache of the API server)').argParser(
        parseChunkSize,
      ),
    )
    .addOption(colorOption())
  addConnectionFlags(command).action(async (names: readonly string[], flags: ListFlags) => {
    outcome.exitCode = await list(session, names.map(parseElectionName), flags)
  })
}

async function list(session: Session, names: readonly ClusterLockAddress[], flags: ListFlags): Promise<ExitCode> {
  if (flags.watch) return watchInstead(session, names, flags)
  // Reject an invalid template before reading anything.
  const shape = await shapeOf(flags.output)
  const order = electionOrder(flags.sortBy)
  const client = await connectWith(session, flags)
  try {
    const found = await read(session, client, names, flags)
    // An election that is named is shown, whatever its category.
    const { shown, hidden } = names.length > 0 ? { shown: found, hidden: [] } : chosen(found, flags.category ?? 'election')
    const lookup = await lookUp(session, client, shown, flags)
    for (const gap of lookup?.gaps ?? []) say(session, `Warning: ${withAdvice(gap)}`)
    const now = { monotonicMs: session.clock.monotonicMs(), wallMs: session.clock.wallMs() }
    const rows = [...electionRows(shown, now, lookup?.holders)].sort(order)
    const missing = names.filter((wanted) => !found.some((election) => isNamed(election, wanted)))

    await print(session, rows, names.length === 1, flags, shape)
    if (rows.length === 0 && names.length === 0) say(session, `No ${whatIsShown(flags.category)} found${inScope(client, flags)}.`)
    if (flags.category === undefined && hidden.length > 0) say(session, hiddenText(hidden))
    for (const { lock, name } of missing) {
      say(session, `Error: There is no ${lock ?? flags.lock?.join(' or ') ?? 'lease'} "${name}"${inScope(client, flags)}.`)
    }
    return missing.length > 0 ? ExitCode.server : ExitCode.done
  } finally {
    client.close()
  }
}

async function read(
  session: Session,
  client: ApiClient,
  names: readonly ClusterLockAddress[],
  flags: ListFlags,
): Promise<readonly Election[]> {
  const locks = flags.lock ?? ['lease']
  const byLock = new Map<LockKind, string[]>()
  for (const { lock, name } of names) {
    for (const each of lock ? [lock] : locks) byLock.set(each, [...(byLock.get(each) ?? []), name])
  }
  const scope = {
    namespaces: flags.allNamespaces ? ('all' as const) : [client.namespace],
    ...(flags.selector !== undefined && { labelSelector: flags.selector }),
    ...(flags.fieldSelector !== undefined && { fieldSelector: flags.fieldSelector }),
  }
  const scopes = byLock.size === 0 ? [{ ...scope, locks }] : [...byLock].map(([lock, some]) => ({ ...scope, locks: [lock], names: some }))
  const pages = flags.chunkSize ? { freshness: 'latest' as const, pageSize: flags.chunkSize } : {}
  const options = { clock: session.clock, signal: session.signal, ...pages }
  const listings = await Promise.all(scopes.map((each) => listElections(client, each, options)))
  for (const message of new Set(listings.flatMap(({ restriction }) => restriction?.message ?? []))) say(session, message)
  return listings.flatMap((listing) => listing.elections)
}

/** Looks up the holders' Pods, if the output format shows them. */
async function lookUp(
  session: Session,
  client: ApiClient,
  elections: readonly Election[],
  { output }: ListFlags,
): Promise<HolderLookup | null> {
  if (output === undefined || output.kind === 'name' || elections.length === 0) return null
  const { lookUpHolders } = await import('../../shared/cluster/holders/holder-lookup.ts')
  return lookUpHolders(client, session.clock, elections, { signal: session.signal })
}

/** How a template is printed. */
type Shape =
  | { readonly kind: 'columns'; readonly columns: readonly Column<object>[] }
  | { readonly kind: 'template'; readonly render: (object: object) => string }

async function shapeOf(output: OutputFormat | undefined): Promise<Shape | undefined> {
  if (output?.kind === 'custom-columns') {
    const { customColumns } = await import('../output/custom-columns.ts')
    return { kind: 'columns', columns: customColumns(output.text) }
  }
  if (output?.kind !== 'jsonpath') return undefined
  const { parseTemplate } = await import('../output/jsonpath/template.ts')
  const { render } = await import('../output/jsonpath/evaluate.ts')
  const parts = parseTemplate(output.text)
  return { kind: 'template', render: (object) => render(parts, object) }
}

async function print(
  session: Session,
  rows: readonly ElectionRow[],
  isOne: boolean,
  flags: ListFlags,
  shape: Shape | undefined,
): Promise<void> {
  const kind = flags.output?.kind
  const [first] = rows
  const only = isOne && rows.length === 1 ? first : undefined
  const style = { width: null, hasHeadings: flags.headers, isColored: false }
  if (shape?.kind === 'columns') {
    await writeLines(session.stdout, tableLines(shape.columns, rows.map(rowJson), style))
  } else if (shape?.kind === 'template') {
    session.stdout.write(shape.render(only ? electionObject(only) : { ...LIST, items: rows.map(rowJson) }))
  } else if (kind === 'json' || kind === 'yaml') {
    if (only) await printObject(session, kind, electionObject(only))
    else await printList(session, kind, LIST, each(rows, rowJson))
  } else if (kind === 'name') {
    await writeLines(session.stdout, rows.map(({ election }) => objectName(election)))
  } else if (rows.length > 0) {
    const columns = electionColumns({
      hasNamespace: flags.allNamespaces === true,
      isWide: kind === 'wide',
      hasCategory: rows.some(({ election }) => election.category !== 'election'),
      hasStrategy: rows.some(({ election }) => election.record.strategy !== null),
      labelColumns: flags.labelColumns ?? [],
      hasLabels: flags.showLabels === true,
    })
    const width = session.stdout.isTTY && session.stdout.columns > 0 ? session.stdout.columns : null
    await writeLines(session.stdout, tableLines(columns, rows, { ...style, width, isColored: wantsColor(session, flags.color) }))
  }
}

const LIST = { apiVersion: API_VERSION, kind: 'ElectionList' }

function electionObject(row: ElectionRow): object {
  return { apiVersion: API_VERSION, kind: 'Election', ...rowJson(row) }
}

/** `list -w` runs `watch`, with the options that both have. */
async function watchInstead(session: Session, names: readonly ClusterLockAddress[], flags: ListFlags): Promise<ExitCode> {
  const { output, sortBy: _, ...same } = flags
  if (output && output.kind !== 'json' && output.kind !== 'wide') {
    throw new CommandError(`--watch cannot be used with -o ${output.kind}. Use -o json for one line per event, or leave out -o.`)
  }
  const { runWatch } = await import('./watch.ts')
  return runWatch(session, names, { ...same, ...(output?.kind === 'json' && { output: 'json' as const }) })
}

function parseChunkSize(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new CommandError(`"${text}" is not a valid chunk size. Use a number of objects; 0 reads all at once.`)
}

function* each<T, U>(values: Iterable<T>, change: (value: T) => U): Generator<U> {
  for (const value of values) yield change(value)
}

function chosen(
  elections: readonly Election[],
  category: Category | 'all',
): { readonly shown: readonly Election[]; readonly hidden: readonly Election[] } {
  if (category === 'all') return { shown: elections, hidden: [] }
  return {
    shown: elections.filter((election) => election.category === category),
    hidden: elections.filter((election) => election.category !== category),
  }
}

function isNamed(election: Election, { lock, name }: ClusterLockAddress): boolean {
  return election.name === name && (lock === null || election.lock === lock)
}

function inScope(client: ApiClient, flags: ListFlags): string {
  return flags.allNamespaces ? ' in any namespace' : ` in namespace "${client.namespace}"`
}

function whatIsShown(category: Category | 'all' = 'election'): string {
  return category === 'election' ? 'elections' : category === 'all' ? 'leases' : `leases of category "${category}"`
}

const PLURALS: Readonly<Record<Category, readonly [one: string, many: string]>> = {
  election: ['election', 'elections'],
  node: ['node heartbeat', 'node heartbeats'],
  apiserver: ['API server identity', 'API server identities'],
  other: ['lease for other uses', 'leases for other uses'],
}

/** `3 node heartbeats and 1 API server identity are hidden. To show them, pass --category all.` */
function hiddenText(hidden: readonly Election[]): string {
  const counts = new Map<Category, number>()
  for (const { category } of hidden) counts.set(category, (counts.get(category) ?? 0) + 1)
  const parts = [...counts].map(([category, count]) => `${count} ${PLURALS[category][count === 1 ? 0 : 1]}`)
  const isOne = hidden.length === 1
  const list = parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
  return `${list} ${isOne ? 'is' : 'are'} hidden. To show ${isOne ? 'it' : 'them'}, pass --category all.`
}

function say(session: Session, text: string): void {
  printText(session.stderr, harmless(text))
}
