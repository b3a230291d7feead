import { Option, type Command } from 'commander'
import { loadKubeconfig } from '../../shared/cluster/index.ts'
import { parseElectionName, type ClusterLockKind } from '../election-name.ts'
import { CommandError } from '../exit-code.ts'
import { manifestText, type Manifest } from '../generate/manifest.ts'
import { rbacManifests } from '../generate/rbac.ts'
import { sidecarManifest, type SidecarMode } from '../generate/sidecar.ts'
import type { Session } from '../session.ts'
import { VERSION } from '../version.ts'

interface GenerateFlags {
  readonly namespace?: string
  readonly context?: string
  readonly kubeconfig?: string
  readonly lock?: ClusterLockKind
  readonly serviceAccount?: string
  readonly output: 'json' | 'yaml'
}

interface RbacFlags extends GenerateFlags {
  readonly watch: boolean
  readonly events: boolean
}

interface SidecarFlags extends GenerateFlags {
  readonly mode: SidecarMode
  readonly app?: string
  readonly replicas: number
  readonly image: string
  readonly appImage: string
  readonly native?: boolean
}

/** A label's value has no more; the characters of an election's name are fine in one. */
const LONGEST_LABEL = 63

/** `generate`: manifests for those who stand in an election. Nothing is asked of a cluster. */
export function registerGenerate(program: Command, session: Session): void {
  const generate = program
    .command('generate')
    .summary('print manifests: RBAC for candidates, or a sidecar')
    .description('Prints manifests for "kubectl apply -f -". Nothing is asked of a cluster, and nothing is changed.')
  registerRbac(generate, session)
  registerSidecar(generate, session)
}

function registerRbac(generate: Command, session: Session): void {
  const command = generate
    .command('rbac')
    .summary('the least Role that lets a program stand in an election')
    .description(
      'Prints the least Role that lets a program stand in an election, what binds it to a service account, and that ' +
        'account, unless --service-account names one that is there already.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .option('--no-watch', 'without watching: candidates poll, and learn later that the leader has gone')
    .option('--no-events', 'without recording Events about who leads')
    .addHelpText(
      'after',
      `
Examples:
  ${session.programName} generate rbac my-election | kubectl apply -f -
  ${session.programName} generate rbac my-election -n shop --service-account=checkout --no-events`,
    )
  addCommonFlags(command, 'service account to allow it to; default: a new one with the name of the election')
  command.action(async (text: string, flags: RbacFlags) => {
    const common = await readCommonFlags(session, text, flags)
    const manifests = rbacManifests({
      ...common,
      isNewAccount: flags.serviceAccount === undefined,
      mayWatch: flags.watch,
      mayRecordEvents: flags.events,
    })
    await print(session, flags, manifests)
  })
}

function registerSidecar(generate: Command, session: Session): void {
  const command = generate
    .command('sidecar')
    .summary('a Deployment with a candidate beside your program')
    .description(
      'Prints a Deployment of your program with a candidate beside it in each Pod:\n\n' +
        "  --mode=readiness  only the leader's Pod is Ready, so that a Service reaches it alone\n" +
        '  --mode=http       your program asks http://127.0.0.1:4040/ who leads, and compares it with $POD_NAME\n\n' +
        'The image of the candidate is any that has kubectl-leader on its PATH.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .addOption(
      new Option('--mode <mode>', 'how your program makes use of it').choices(['readiness', 'http']).default('readiness'),
    )
    .option('--app <name>', 'name of the Deployment; default: that of the election')
    .option('--app-image <image>', 'image of your program', 'example.com/app:latest')
    .option('--image <image>', 'image of the candidate', `example.com/kubectl-leader:${VERSION}`)
    .addOption(new Option('--replicas <number>', 'how many Pods').argParser(parseReplicas).default(2))
    .option(
      '--native',
      'for Kubernetes 1.29 or later: a sidecar that ends after your program, and so hands over at once when a Pod stops',
    )
    .addHelpText(
      'after',
      `
Examples:
  ${session.programName} generate rbac my-election | kubectl apply -f -
  ${session.programName} generate sidecar my-election --image=… --app-image=… | kubectl apply -f -`,
    )
  addCommonFlags(command, 'service account of the Pods; default: the name of the election, as for "generate rbac"')
  command.action(async (text: string, flags: SidecarFlags) => {
    const common = await readCommonFlags(session, text, flags)
    const { mode, image, appImage, replicas, native: isNative = false } = flags
    const app = flags.app ?? common.name
    if (app.length > LONGEST_LABEL) throw new CommandError(`"${app}" is too long for a label of Pods. Give a shorter --app.`)
    await print(session, flags, [sidecarManifest({ ...common, mode, image, appImage, app, replicas, isNative })])
  })
}

function addCommonFlags(command: Command, serviceAccountHelp: string): void {
  command
    .addOption(
      new Option('--lock <kind>', 'where the election is kept; default: lease').choices(['lease', 'configmap', 'endpoints']),
    )
    .option('--service-account <name>', serviceAccountHelp)
    .option('-n, --namespace <namespace>', 'namespace of it all; default: that of the kubeconfig context')
    .option('--context <name>', 'kubeconfig context to take the namespace from')
    .option('--kubeconfig <file>', 'kubeconfig to use instead of $KUBECONFIG or ~/.kube/config')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['yaml', 'json']).default('yaml'))
}

async function readCommonFlags(
  session: Session,
  text: string,
  flags: GenerateFlags,
): Promise<{ name: string; lock: ClusterLockKind; namespace: string; serviceAccount: string }> {
  const { name, lock: named } = parseElectionName(text)
  if (named && flags.lock && named !== flags.lock) {
    throw new CommandError(`"${text}" is not kept in a ${flags.lock}. Leave out --lock, or the type before the name.`)
  }
  const lock = named ?? flags.lock ?? 'lease'
  const namespace = flags.namespace ?? (await namespaceOfContext(session, flags))
  return { name, lock, namespace, serviceAccount: flags.serviceAccount ?? name }
}

/** As kubectl has it: `default` where nothing says otherwise, a missing kubeconfig included. */
async function namespaceOfContext(session: Session, flags: GenerateFlags): Promise<string> {
  const { contexts, currentContext } = await loadKubeconfig(flags.kubeconfig, session.env)
  const context = contexts.get(flags.context ?? currentContext ?? '')
  if (flags.context !== undefined && !context) throw new CommandError(`There is no context "${flags.context}".`)
  return context?.namespace || 'default'
}

async function print(session: Session, flags: GenerateFlags, manifests: readonly Manifest[]): Promise<void> {
  session.stdout.write(await manifestText(flags.output, manifests))
}

function parseReplicas(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new CommandError(`"${text}" is not a number of Pods. Give 1 or more.`)
}
