import { Option, type Command } from 'commander'
import { diagnose, type ObservationProgress } from '../../shared/actions/doctor.ts'
import { harmless, type Category, type Election } from '../../shared/lease/index.ts'
import { categoryOption } from '../category-option.ts'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName, type ClusterLockKind, type ElectionName } from '../election-name.ts'
import { ExitCode } from '../exit-code.ts'
import { lockOption } from '../lock-option.ts'
import { colorOption, wantsColor, type ColorMode } from '../output/color.ts'
import { doctorJson, doctorLines } from '../output/doctor-lines.ts'
import { formatAge, parseDuration } from '../output/duration.ts'
import { printObject } from '../output/machine-output.ts'
import { writeLines } from '../output/write-lines.ts'
import type { Session } from '../session.ts'

interface DoctorFlags extends ConnectionFlags {
  readonly allNamespaces?: boolean
  readonly selector?: string
  readonly observe?: number
  readonly output?: 'json' | 'yaml'
  readonly category?: Category | 'all'
  readonly lock?: readonly ClusterLockKind[]
  readonly color: ColorMode
}

/** `doctor`: what is wrong or risky, and what to do. */
export function registerDoctor(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('doctor')
    .summary('find what is wrong or risky, and what mends it')
    .description(
      'Observes elections for a while, reads what is around them, and says what is wrong or risky, how that is known, ' +
        'and what mends it. It writes nothing. It ends early once it has seen enough of every election, and with code 1 ' +
        'where it found an error.',
    )
    .argument('[names...]', 'only these: NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .option('-A, --all-namespaces', 'in all namespaces')
    .option('-l, --selector <labels>', 'only those with these labels, as for kubectl')
    .addOption(
      new Option('--observe <duration>', 'observe for so long at most, like 2m; default 30s; 0 looks once').argParser(parseDuration),
    )
    .addOption(new Option('-o, --output <format>', 'for programs').choices(['json', 'yaml']))
    .addOption(categoryOption())
    .addOption(lockOption())
    .addOption(colorOption())
  addConnectionFlags(command).action(async (names: readonly string[], flags: DoctorFlags) => {
    outcome.exitCode = await doctor(session, names.map(parseElectionName), flags)
  })
}

async function doctor(session: Session, names: readonly ElectionName[], flags: DoctorFlags): Promise<ExitCode> {
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
    // What is asked for by name is looked at, whatever it is.
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
    if (flags.output) await printObject(session, flags.output, doctorJson(diagnosis))
    else await writeLines(session.stdout, doctorLines(diagnosis, wantsColor(session, flags.color)))

    const missing = names.filter((name) => !diagnosis.elections.some((election) => isNamed(election, name, locks)))
    const where = flags.allNamespaces ? 'in any namespace' : `in namespace "${client.namespace}"`
    for (const { lock, name } of missing) {
      session.stderr.write(`Error: ${lock ?? locks.join(', ')} "${harmless(name)}" not found ${harmless(where)}.\n`)
    }
    if (missing.length > 0) return ExitCode.server
    return diagnosis.findings.some(({ severity }) => severity === 'error') ? ExitCode.no : ExitCode.done
  } finally {
    progress.clear()
    client.close()
  }
}

function isNamed(election: Election, { lock, name }: ElectionName, locks: readonly ClusterLockKind[]): boolean {
  return election.name === name && (lock === null ? locks.some((each) => each === election.lock) : lock === election.lock)
}

/** A line on a terminal's stderr that says how far it has come, and leaves nothing behind. */
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
    stderr.write(`\r\u001b[KObserving: seen enough of ${seenEnough} of ${elections} elections, ${left} left at most`)
  }

  clear(): void {
    if (this.#isShown) this.#session.stderr.write('\r\u001b[K')
    this.#isShown = false
  }
}
