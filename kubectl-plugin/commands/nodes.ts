import { Option, type Command } from 'commander'
import { leadersByNode, type NodeLeaders } from '../../shared/candidates/leaders-by-node.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { ElectionRef } from '../../shared/lease/election-ref.ts'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { withAdvice } from '../output/advice.ts'
import { API_VERSION } from '../output/election-json.ts'
import { NONE } from '../output/election-text.ts'
import { printList } from '../output/machine-output.ts'
import { tableLines, type Column } from '../output/table.ts'
import { printText } from '../output/wrap.ts'
import { writeLines } from '../output/write-lines.ts'
import type { Session } from '../session.ts'

/** A cluster can have thousands of elections; `-o json` has them all. */
const MOST_NAMES = 5

interface NodesFlags extends ConnectionFlags {
  readonly selector?: string
  readonly output?: 'wide' | 'json' | 'yaml'
}

/** `nodes`: where leaders and possible standbys run. */
export function registerNodes(program: Command, session: Session): void {
  const command = program
    .command('nodes')
    .summary('show on which nodes and in which zones leaders and candidates run')
    .description(
      'Shows how many leaders run on each node, and for how many elections it has a possible standby: another Pod of the same ' +
        'owner as the leader. nodes shows the elections of all namespaces, unless -n is passed. It reads each lease once.\n\n' +
        'To move all leaders off a node, use failover --on-node.',
    )
    .option('-l, --selector <selector>', 'label selector of the elections to count')
    .addOption(new Option('-o, --output <format>', 'output format; wide adds the names of the elections').choices(['wide', 'json', 'yaml']))
  addConnectionFlags(command).action((flags: NodesFlags) => show(session, flags))
}

async function show(session: Session, flags: NodesFlags): Promise<void> {
  const client = await connectWith(session, flags)
  try {
    const namespaces = flags.namespace === undefined ? ('all' as const) : [client.namespace]
    const scope = { namespaces, ...(flags.selector !== undefined && { labelSelector: flags.selector }) }
    const { nodes, elsewhere, gaps } = await leadersByNode(client, session.clock, scope, session.signal)
    for (const gap of gaps) printText(session.stderr, harmless(withAdvice(gap), 600))
    if (flags.output === 'json' || flags.output === 'yaml') {
      await printList(session, flags.output, { apiVersion: API_VERSION, kind: 'NodeLeadersList', elsewhere }, nodes.map(nodeJson))
      return
    }
    if (nodes.length === 0) {
      printText(session.stderr, elsewhere.length === 0 ? 'No leaders found.' : `No leader's node is known. Elections: ${someOf(elsewhere)}`)
      return
    }
    const width = session.stdout.isTTY ? session.stdout.columns : null
    await writeLines(session.stdout, tableLines(columnsOf(flags.output === 'wide'), nodes, { width, hasHeadings: true, isColored: false }))
    if (elsewhere.length > 0) printText(session.stderr, `The leader's node is not known for: ${someOf(elsewhere)}`)
  } finally {
    client.close()
  }
}

function columnsOf(isWide: boolean): readonly Column<NodeLeaders>[] {
  return [
    { heading: 'NODE', cell: ({ name }) => harmless(name) },
    { heading: 'ZONE', cell: ({ node }) => harmless(node?.zone ?? '') || NONE },
    { heading: 'STATUS', cell: statusText },
    { heading: 'LEADERS', cell: ({ leaders }) => String(leaders.length) },
    { heading: 'STANDBYS', cell: ({ standbys }) => String(standbys.length) },
    ...(isWide
      ? [
          { heading: 'LED HERE', cell: ({ leaders }: NodeLeaders) => namesOf(leaders) },
          { heading: 'STANDBY HERE', cell: ({ standbys }: NodeLeaders) => namesOf(standbys) },
        ]
      : []),
  ]
}

function statusText({ node }: NodeLeaders): string {
  if (node === null) return 'unknown'
  return `${node.isReady ? 'ready' : 'not ready'}${node.isCordoned ? ', cordoned' : ''}`
}

function nodeJson({ name, node, leaders, standbys }: NodeLeaders): object {
  return { name, zone: node?.zone ?? null, isReady: node?.isReady ?? null, isCordoned: node?.isCordoned ?? null, leaders, standbys }
}

/** For a cell of the table, which has no spaces. */
function namesOf(places: readonly ElectionRef[]): string {
  return places.map(nameOf).join(',') || NONE
}

/** For a sentence. */
function someOf(places: readonly ElectionRef[]): string {
  const more = places.length - MOST_NAMES
  return places.slice(0, MOST_NAMES).map(nameOf).join(', ') + (more > 0 ? `, and ${more} more` : '')
}

function nameOf({ namespace, name }: ElectionRef): string {
  return `${harmless(namespace)}/${harmless(name)}`
}
