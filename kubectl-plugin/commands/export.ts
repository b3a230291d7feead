import { Option, type Command } from 'commander'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { runExport } from '../export/run-export.ts'
import { parseListen, type ListenAddress } from '../http-server.ts'
import { lockOption } from '../lock-option.ts'
import type { LockKind } from '../../shared/lease/election-ref.ts'
import type { Session } from '../session.ts'
import { keepHeapSmall } from '../watch/small-heap.ts'

interface ExportFlags extends ConnectionFlags {
  readonly allNamespaces?: boolean
  readonly selector?: string
  readonly lock?: readonly LockKind[]
  readonly http: ListenAddress
}

/** `export`: Prometheus metrics of elections of any program. */
export function registerExport(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('export')
    .summary('serve Prometheus metrics of elections')
    .description(
      'Serves metrics of leader elections of any program for Prometheus: state, time without a leader, transitions, late ' +
        'renewals, and the Pod and Node of each leader. export observes the elections itself, and does not rely on the ' +
        'timestamps in the records. Leases that are not leader elections are left out.\n\n' +
        'While it cannot reach the API server, it exports no elections, and leader_exporter_blind_seconds grows. Paths: ' +
        '/metrics, /healthz, /readyz (after the first complete read).',
    )
    .addOption(
      new Option('--http <[host:]port>', 'address to listen on').argParser(parseListen).default(parseListen('9797'), '127.0.0.1:9797'),
    )
    .option('-A, --all-namespaces', 'include all namespaces')
    .option('-l, --selector <labels>', 'label selector to filter on, same as for kubectl')
    .addOption(lockOption())
  addConnectionFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  # Metrics of all elections, on this machine only
  ${session.programName} export -A

  # In a Pod; "generate monitoring" prints the manifests, alerts and a dashboard
  ${session.programName} export -A --http 0.0.0.0:9797`,
    )
    .action(async (flags: ExportFlags) => {
      // As for watch: a steady stream of short-lived objects would make V8's young generation grow.
      process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
      keepHeapSmall()
      const client = await connectWith(session, flags)
      try {
        const scope = {
          namespaces: flags.allNamespaces ? ('all' as const) : [client.namespace],
          locks: flags.lock ?? (['lease'] as const),
          ...(flags.selector !== undefined && { labelSelector: flags.selector }),
        }
        outcome.exitCode = await runExport(session, client, { http: flags.http, scope })
      } finally {
        client.close()
      }
    })
}
