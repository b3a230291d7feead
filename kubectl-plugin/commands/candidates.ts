import { Option, type Command } from 'commander'
import { coordinatedChoice } from '../../shared/candidates/coordinated.ts'
import { readCandidates } from '../../shared/candidates/read-candidates.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { placeText } from '../../shared/lease/election-ref.ts'
import type { ClusterLockAddress } from '../../shared/locks/lock-address.ts'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { electionNotFound } from '../election-not-found.ts'
import { withAdvice } from '../output/advice.ts'
import { candidateColumns, choiceText } from '../output/candidate-columns.ts'
import { candidateJson } from '../output/candidate-json.ts'
import { API_VERSION } from '../output/election-json.ts'
import { printList } from '../output/machine-output.ts'
import { tableLines } from '../output/table.ts'
import { printText } from '../output/wrap.ts'
import { writeLines } from '../output/write-lines.ts'
import type { Session } from '../session.ts'

interface CandidatesFlags extends ConnectionFlags {
  readonly output?: 'json' | 'yaml'
}

/** `candidates`: who runs as a candidate of one election. */
export function registerCandidates(program: Command, session: Session): void {
  const command = program
    .command('candidates')
    .summary('show who runs as a candidate, and how that is known')
    .description(
      'Shows the candidates of one election: their Pods, holder identities, Nodes and zones, and when each last led.\n\n' +
        'A lease does not record standbys. candidates shows the Pods of the same owner as the leader (static Pods: of the ' +
        'same component), and the processes that Events and LeaseCandidates name. Pods that do not run a candidate are ' +
        'shown as well. The identity of a client-go candidate is not known until it has led since its container was ' +
        'started. kubectl-leader candidates announce theirs with an Event. The API server deletes Events after an hour by ' +
        'default.\n\n' +
        'Exit codes: 0 success; 3 the election was not found, or the API server failed or could not be reached; 4 not ' +
        'allowed (RBAC).',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .addOption(new Option('-o, --output <format>', 'output format for programs').choices(['json', 'yaml']))
  addConnectionFlags(command).action((name: string, flags: CandidatesFlags) => show(session, parseElectionName(name), flags))
}

async function show(session: Session, { lock, name }: ClusterLockAddress, flags: CandidatesFlags): Promise<void> {
  const client = await connectWith(session, flags)
  try {
    const place = { lock: lock ?? 'lease', namespace: client.namespace, name } as const
    const { candidates, details } = await readCandidates(client, session.clock, place, session.signal).catch((error: unknown) => {
      throw electionNotFound(session, place, error)
    })
    for (const gap of details.gaps) printText(session.stderr, harmless(withAdvice(gap), LONGEST))
    if (flags.output !== undefined) {
      const { holderIdentity, strategy, preferredHolder } = details.election.record
      const envelope = {
        ...{ apiVersion: API_VERSION, kind: 'CandidateList', ...place, holderIdentity },
        ...(strategy !== null && { strategy, preferredHolder, choice: coordinatedChoice(details.leaseCandidates) }),
      }
      await printList(session, flags.output, envelope, candidates.map(candidateJson))
      return
    }
    if (candidates.length === 0) {
      printText(session.stderr, `No candidates are known for the ${harmless(placeText(place))}.`)
      return
    }
    const width = session.stdout.isTTY ? session.stdout.columns : null
    const { preferredHolder } = details.election.record
    const columns = candidateColumns(candidates, { wallMs: session.clock.wallMs(), preferredHolder })
    await writeLines(session.stdout, tableLines(columns, candidates, { width, hasHeadings: true, isColored: false }))
    const choice = choiceText(details.leaseCandidates)
    if (choice !== null) printText(session.stdout, `The API server would choose: ${choice}`)
  } finally {
    client.close()
  }
}

const LONGEST = 600
