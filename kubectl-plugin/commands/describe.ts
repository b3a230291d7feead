import { Option, type Command } from 'commander'
import { readElectionDetails } from '../../shared/cluster/elections/election-details.ts'
import { holderWarnings } from '../../shared/cluster/holders/holder-warnings.ts'
import { recordWarnings } from '../../shared/lease/warnings.ts'
import type { ClusterLockAddress } from '../../shared/locks/lock-address.ts'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { electionNotFound } from '../election-not-found.ts'
import { colorOption, wantsColor, type ColorMode } from '../output/color.ts'
import { API_VERSION, electionJson, holderJson } from '../output/election-json.ts'
import { electionRows } from '../output/election-row.ts'
import { printObject } from '../output/machine-output.ts'
import { writeLines } from '../output/write-lines.ts'
import type { Session } from '../session.ts'

interface DescribeFlags extends ConnectionFlags {
  readonly output?: 'json' | 'yaml'
  readonly color: ColorMode
}

/** `describe`: one election in detail. */
export function registerDescribe(program: Command, session: Session): void {
  const command = program
    .command('describe')
    .summary('show the details of one election')
    .description(
      'Shows one election in detail: timings, holder (Pod, Node, owner), candidates, recent events, and ' +
        'warnings.\n\n' +
        'describe reads the record once. Times and states come from the timestamps that the holder wrote, and are marked ' +
        'with "~".',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .addOption(new Option('-o, --output <format>', 'output format for programs').choices(['json', 'yaml']))
    .addOption(colorOption())
  addConnectionFlags(command).action((name: string, flags: DescribeFlags) => describe(session, parseElectionName(name), flags))
}

async function describe(session: Session, { lock, name }: ClusterLockAddress, flags: DescribeFlags): Promise<void> {
  const client = await connectWith(session, flags)
  try {
    const { clock } = session
    const place = { lock: lock ?? 'lease', namespace: client.namespace, name } as const
    const details = await readElectionDetails(client, clock, place, session.signal).catch((error: unknown) => {
      throw electionNotFound(session, place, error)
    })
    const { election, holder } = details
    const now = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }
    const { status } = electionRows([election], now)[0]!
    const warnings = [
      ...recordWarnings(election, status),
      ...holderWarnings(election.record.holderIdentity, holder, details.node),
    ]
    if (flags.output !== undefined) {
      const object = electionJson(election, status, { holder: holderJson(holder), warnings })
      await printObject(session, flags.output, { apiVersion: API_VERSION, kind: 'Election', ...object })
      return
    }
    const { describeLines } = await import('../output/describe-lines.ts')
    const watchCommand = `${session.programName} watch ${lock ? `${lock}/` : ''}${name} -n ${client.namespace}`
    const isColored = wantsColor(session, flags.color)
    await writeLines(session.stdout, describeLines({ details, status, warnings, wallMs: now.wallMs, isColored, watchCommand }))
  } finally {
    client.close()
  }
}
