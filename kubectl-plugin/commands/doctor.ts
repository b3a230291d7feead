import { Option, type Command } from 'commander'
import { diagnose, diagnosePast, type Diagnosis, type ObservationProgress } from '../../shared/actions/doctor.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Category } from '../../shared/lease/category.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { ElectionRef, LockKind } from '../../shared/lease/election-ref.ts'
import type { ClusterLockAddress } from '../../shared/locks/lock-address.ts'
import { categoryOption } from '../category-option.ts'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { readHistory } from '../history/read-history.ts'
import { lockOption } from '../lock-option.ts'
import { colorOption, wantsColor, type ColorMode } from '../output/color.ts'
import { doctorJson, doctorLines } from '../output/doctor-lines.ts'
import { formatAge, parseDuration } from '../output/duration.ts'
import { printObject } from '../output/machine-output.ts'
import { printText } from '../output/wrap.ts'
import { writeLines } from '../output/write-lines.ts'
import type { Session } from '../session.ts'

interface DoctorFlags extends ConnectionFlags {
  readonly allNamespaces?: boolean
  readonly selector?: string
  readonly observe?: number
  readonly audit?: readonly string[]
  readonly from?: readonly string[]
  readonly output?: 'json' | 'yaml'
  readonly category?: Category | 'all'
  readonly lock?: readonly LockKind[]
  readonly color: ColorMode
}

/** `doctor`: problems and risks, with evidence and a next step for each. */
export function registerDoctor(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('doctor')
    .summary('find problems and risks, and suggest what to do')
    .description(
      'Observes elections, checks the related Pods, Nodes, Events and permissions, and reports problems and risks. Each ' +
        'finding states its evidence and suggests a next command. doctor makes no changes, and stops early once it has ' +
        'observed enough.\n\n' +
        'Exit codes: 0 no errors found; 1 at least one error found; 3 a named election was not found, or the API server ' +
        'failed or could not be reached; 4 not allowed (RBAC).',
    )
    .argument('[names...]', 'elections to check: NAME, lease/NAME, configmap/NAME or endpoints/NAME (default: all)')
    .option('-A, --all-namespaces', 'include all namespaces')
    .option('-l, --selector <labels>', 'label selector to filter on, same as for kubectl')
    .addOption(
      new Option('--observe <duration>', 'maximum time to observe, for example 2m; 0 reads once (default: 30s)').argParser(parseDuration),
    )
    .option('--audit <file...>', 'look for past problems in audit logs of API servers, instead of observing a cluster')
    .option('--from <file...>', 'look for past problems in recordings of kubectl leader record, instead of observing a cluster')
    .addOption(new Option('-o, --output <format>', 'output format for programs').choices(['json', 'yaml']))
    .addOption(categoryOption())
    .addOption(lockOption())
    .addOption(colorOption())
  addConnectionFlags(command).action(async (names: readonly string[], flags: DoctorFlags) => {
    outcome.exitCode = await doctor(session, names.map(parseElectionName), flags)
  })
}

async function doctor(session: Session, names: readonly ClusterLockAddress[], flags: DoctorFlags): Promise<ExitCode> {
  if (flags.audit || flags.from) return doctorOfPast(session, names, flags)
  const client = await connectWith(session, flags)
  const progress = new ProgressLine(session)
  try {
    const locks = flags.lock ?? ['lease']
    const scope = {
      namespaces: flags.allNamespaces ? ('all' as const) : [client.namespace],
      locks: names.length > 0 ? [...new Set(names.flatMap(({ lock }) => lock ?? locks))] : locks,
      ...(names.length > 0 && { names: [...new Set(names.map(({ name }) => name))] }),
      ...(flags.selector !== undefined && { labelSelector: flags.selector }),
    }
    // An election that is named is checked, whatever its category.
    const category = flags.category ?? (names.length > 0 ? 'all' : 'election')
    const isWanted = (election: Election): boolean =>
      names.length > 0 ? names.some((name) => isNamed(election, name, locks)) : category === 'all' || election.category === category
    const diagnosis = await diagnose(client, session.clock, scope, {
      ...(flags.observe !== undefined && { observeMs: flags.observe }),
      isWanted,
      onProgress: (made) => progress.show(made),
      signal: session.signal,
    })
    progress.clear()
    await printDiagnosis(session, diagnosis, names, flags)
    const missing = names.filter((name) => !diagnosis.elections.some((election) => isNamed(election, name, locks)))
    const where = flags.allNamespaces ? 'in any namespace' : `in namespace "${client.namespace}"`
    for (const { lock, name } of missing) {
      printText(session.stderr, `Error: There is no ${lock ?? locks.join(' or ')} "${harmless(name)}" ${harmless(where)}.`)
    }
    if (missing.length > 0) return ExitCode.server
    return diagnosis.findings.some(({ severity }) => severity === 'error') ? ExitCode.no : ExitCode.done
  } finally {
    progress.clear()
    client.close()
  }
}

/** Judges what files tell. Without -n, elections of all namespaces. */
async function doctorOfPast(session: Session, names: readonly ClusterLockAddress[], flags: DoctorFlags): Promise<ExitCode> {
  if (flags.observe !== undefined) throw new CommandError('--observe cannot be used with --audit or --from.')
  if (flags.selector !== undefined) throw new CommandError('Files do not contain labels. --selector cannot be used with --audit or --from.')
  const locks = flags.lock ?? ['lease']
  const wantedLocks = names.length > 0 ? [...new Set(names.flatMap(({ lock }) => lock ?? locks))] : locks
  const isNamedHere = (ref: ElectionRef): boolean => names.length === 0 || names.some(({ lock, name }) => ref.name === name && (lock === null || lock === ref.lock))
  const reading = await readHistory(
    session,
    { audit: flags.audit ?? [], from: flags.from ?? [] },
    {
      locks: wantedLocks,
      includes: (namespace, name, lock) => (flags.namespace === undefined || namespace === flags.namespace) && isNamedHere({ namespace, name, lock }),
    },
  )
  const past = reading.elections.map((ref) => ({ ref, evidence: reading.evidence(ref), history: reading.history(ref) }))
  const category = flags.category ?? (names.length > 0 ? 'all' : 'election')
  const diagnosis = diagnosePast(past, (election) => category === 'all' || election.category === category)
  await printDiagnosis(session, diagnosis, names, flags)
  const missing = names.filter(({ lock, name }) => !reading.elections.some((ref) => ref.name === name && (lock === null || lock === ref.lock)))
  for (const { name } of missing) printText(session.stderr, `Error: the files contain no records of "${harmless(name)}".`)
  if (missing.length > 0) return ExitCode.server
  return diagnosis.findings.some(({ severity }) => severity === 'error') ? ExitCode.no : ExitCode.done
}

async function printDiagnosis(session: Session, diagnosis: Diagnosis, names: readonly ClusterLockAddress[], flags: DoctorFlags): Promise<void> {
  if (flags.output) return printObject(session, flags.output, doctorJson(diagnosis))
  const { elections, findings, notChecked } = diagnosis
  // That no election has no problems is no answer where elections were named. What follows is that there are none.
  if (names.length > 0 && elections.length === 0 && findings.length === 0 && notChecked.length === 0) return
  await writeLines(session.stdout, doctorLines(diagnosis, session.stdout, wantsColor(session, flags.color)))
}

function isNamed(election: Election, { lock, name }: ClusterLockAddress, locks: readonly LockKind[]): boolean {
  return election.name === name && (lock === null ? locks.some((each) => each === election.lock) : lock === election.lock)
}

/** A progress line on stderr, if that is a terminal. It is erased at the end. */
class ProgressLine {
  readonly #session: Session
  #isShown = false

  constructor(session: Session) {
    this.#session = session
  }

  show({ elections, seenEnough, elapsedMs, atMostMs }: ObservationProgress): void {
    const { stderr } = this.#session
    if (!stderr.isTTY) return
    this.#isShown = true
    const left = formatAge(Math.max(atMostMs - elapsedMs, 0))
    stderr.write(`\r\u001b[KObserving: ${seenEnough} of ${elections} elections done, at most ${left} left`)
  }

  clear(): void {
    if (this.#isShown) this.#session.stderr.write('\r\u001b[K')
    this.#isShown = false
  }
}
