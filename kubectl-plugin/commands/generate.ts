import { Argument, Option, type Command } from 'commander'
import { loadKubeconfig } from '../../shared/cluster/connection/kubeconfig.ts'
import type { LockKind } from '../../shared/lease/election-ref.ts'
import { parseElectionName } from '../election-name.ts'
import { CommandError } from '../exit-code.ts'
import { DEFAULT_IMAGE } from '../generate/default-image.ts'
import { manifestText, type Manifest } from '../generate/manifest.ts'
import { parseLabel } from '../generate/label-flag.ts'
import type { Scrape } from '../generate/monitoring/exporter.ts'
import { rbacManifests } from '../generate/rbac.ts'
import type { LabelWriter } from '../generate/label-mode.ts'
import { appLabels, sidecarManifest, type SidecarMode } from '../generate/sidecar.ts'
import { parseNewLabel, type Label } from '../label/label-request.ts'
import type { Session } from '../session.ts'

interface PlaceFlags {
  readonly namespace?: string
  readonly context?: string
  readonly kubeconfig?: string
  readonly output: 'json' | 'yaml'
}

interface GenerateFlags extends PlaceFlags {
  readonly lock?: LockKind
  readonly serviceAccount?: string
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
  readonly label?: Label
  readonly labeledBy: LabelWriter
  readonly port: number
  readonly policy: boolean
}

interface LabelerFlags extends PlaceFlags {
  readonly label: Label
  readonly selector?: string
  readonly image: string
  readonly replicas: number
  readonly policy: boolean
}

interface MonitoringFlags extends PlaceFlags {
  readonly name: string
  readonly image: string
  readonly replicas: number
  readonly scrape: Scrape
  readonly monitorLabel?: Readonly<Record<string, string>>
  readonly runbooks: string
  readonly only?: 'exporter' | 'rules' | 'dashboard'
}

/** The maximum length of a label value. All characters of an election's name are valid in one. */
const LONGEST_LABEL = 63

/** `generate`: manifests for candidates and for monitoring. It does not contact a cluster. */
export function registerGenerate(program: Command, session: Session): void {
  const generate = program
    .command('generate')
    .summary('print manifests: RBAC, a sidecar, a labeler, monitoring; and plugins for k9s')
    .description('Prints manifests for "kubectl apply -f -", and configuration for k9s. It does not contact a cluster.')
  registerRbac(generate, session)
  registerSidecar(generate, session)
  registerLabeler(generate, session)
  registerMonitoring(generate, session)
  registerK9s(generate, session)
}

function registerRbac(generate: Command, session: Session): void {
  const command = generate
    .command('rbac')
    .summary('print the least-privilege RBAC for a candidate')
    .description(
      'Prints a least-privilege Role for a candidate, a RoleBinding, and a ServiceAccount. With --service-account, it uses ' +
        'that existing account instead of creating one.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .option('--no-watch', 'leave out the watch permission; candidates then poll, and notice later that the leader is gone')
    .option('--no-events', 'leave out the permission to create Events')
    .addHelpText(
      'after',
      `
Examples:
  ${session.programName} generate rbac my-election | kubectl apply -f -
  ${session.programName} generate rbac my-election -n shop --service-account=checkout --no-events`,
    )
  addCommonFlags(command, 'existing service account to bind (default: create one named after the election)')
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
    .summary('print a Deployment with a kubectl-leader sidecar')
    .description(
      'Prints a Deployment that runs your program with a kubectl-leader sidecar in each Pod:\n\n' +
        "  --mode=readiness  only the leader's Pod is Ready, so a Service routes to it\n" +
        '                    alone\n' +
        '  --mode=http       your program reads the leader from\n' +
        '                    http://127.0.0.1:4040/ and compares it with $POD_NAME\n' +
        "  --mode=label      the leader's Pod has a label, which the printed Service\n" +
        '                    selects; readiness keeps its meaning, so rolling updates\n' +
        '                    work as usual\n\n' +
        'With --mode=label, this also prints the RBAC and, by default, a labeler that writes the label. RBAC cannot ' +
        'limit this permission to labels: an account that may patch a Pod can change more than its labels. So only the account of ' +
        'the labeler gets it. With --labeled-by=sidecar, the account of your program gets it instead.\n\n' +
        'In the other modes, "generate rbac" prints the RBAC. The sidecar image can be any image with kubectl-leader on its PATH.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .addOption(
      new Option('--mode <mode>', 'how your program uses the sidecar').choices(['readiness', 'http', 'label']).default('readiness'),
    )
    .option('--app <name>', 'name of the Deployment (default: the name of the election)')
    .option('--app-image <image>', 'image of your program', 'example.com/app:latest')
    .option('--image <image>', 'image of the sidecar', DEFAULT_IMAGE)
    .addOption(new Option('--replicas <number>', 'number of Pods').argParser(parseReplicas).default(2))
    .option(
      '--native',
      'use a native sidecar container (Kubernetes 1.29 or later), which stops after your program; the next leader then takes over immediately when a Pod stops',
    )
    .addOption(new Option('--label <key[=value]>', 'with --mode=label, the label; the default value is "true"').argParser(parseNewLabel))
    .addOption(new Option('--labeled-by <writer>', 'with --mode=label, what writes the label').choices(['labeler', 'sidecar']).default('labeler'))
    .addOption(new Option('--port <port>', 'with --mode=label, port of your program and of the Service').argParser(parseServicePort).default(8080))
    .option('--no-policy', 'with --mode=label, leave out the ValidatingAdmissionPolicy, which needs Kubernetes 1.30 or later')
    .addHelpText(
      'after',
      `
Examples:
  ${session.programName} generate rbac my-election | kubectl apply -f -
  ${session.programName} generate sidecar my-election --image=… --app-image=… | kubectl apply -f -
  ${session.programName} generate sidecar my-election --mode=label --label=example.com/leader --image=… --app-image=… | kubectl apply -f -`,
    )
  addCommonFlags(command, 'service account of the Pods (default: the name of the election, as in "generate rbac")')
  command.action(async (text: string, flags: SidecarFlags) => {
    const common = await readCommonFlags(session, text, flags)
    const { mode, image, appImage, replicas, native: isNative = false } = flags
    const app = flags.app ?? common.name
    if (app.length > LONGEST_LABEL) throw new CommandError(`"${app}" is too long for a Pod label. Use a shorter --app.`)
    const options = { ...common, image, appImage, app, replicas, isNative }
    if (mode !== 'label') {
      if (flags.label) throw new CommandError('--label needs --mode=label.')
      return print(session, flags, [sidecarManifest({ ...options, mode })])
    }
    const { label, labeledBy: writer, port, policy: hasPolicy } = flags
    if (!label) throw new CommandError('--mode=label needs --label.')
    if (Object.hasOwn(appLabels(options), label.key)) throw new CommandError(`The label "${label.key}" is in the selector of the Deployment. Choose another label.`)
    if (writer === 'labeler') checkLabelerName(common.name)
    const { labelModeManifests } = await import('../generate/label-mode.ts')
    const isNewAccount = flags.serviceAccount === undefined
    await print(session, flags, labelModeManifests({ ...options, label, writer, port, hasPolicy, isNewAccount }))
  })
}

/** @throws CommandError if the labeler's Pods could not have its name as a label */
function checkLabelerName(election: string): void {
  if (`${election}-labeler`.length > LONGEST_LABEL) throw new CommandError(`"${election}-labeler" is too long for a Pod label.`)
}

/** @throws CommandError if the text is not a port, or is 0, which no Service can have */
function parseServicePort(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw new CommandError(`"${text}" is not a valid port of a Service. Use a number from 1 to 65535.`)
  return port
}

function registerLabeler(generate: Command, session: Session): void {
  const command = generate
    .command('labeler')
    .summary("print a Deployment that keeps a label on the leader's Pod")
    .description(
      'Prints a Deployment that runs "kubectl leader label", its RBAC, and a ValidatingAdmissionPolicy. The policy limits the ' +
        'service account to writing this label and one annotation. RBAC alone cannot limit it to ' +
        'them.\n\n' +
        'The image can be any image with kubectl-leader on its PATH.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .addOption(new Option('--label <key[=value]>', 'label to write; the default value is "true"').argParser(parseNewLabel).makeOptionMandatory())
    .option('-l, --selector <labels>', 'Pods that can have the label (default: all Pods of the namespace)')
    .option('--image <image>', 'image of the labeler', DEFAULT_IMAGE)
    .addOption(new Option('--replicas <number>', 'number of Pods').argParser(parseReplicas).default(2))
    .option('--no-policy', 'leave out the ValidatingAdmissionPolicy, which needs Kubernetes 1.30 or later')
    .addHelpText(
      'after',
      `
Examples:
  ${session.programName} generate labeler my-controller --label example.com/leader -l app=my-controller --image=… | kubectl apply -f -`,
    )
  addPlaceFlags(command)
  command.action(async (text: string, flags: LabelerFlags) => {
    const { name, lock } = parseElectionName(text)
    const { label, selector, image, replicas, policy: hasPolicy } = flags
    const namespace = flags.namespace ?? (await namespaceOfContext(session, flags))
    checkLabelerName(name)
    const { labelerManifests } = await import('../generate/labeler.ts')
    const options = { namespace, name, lock: lock ?? 'lease', label, image, replicas, hasPolicy } as const
    await print(session, flags, labelerManifests({ ...options, ...(selector !== undefined && { labelSelector: selector }) }))
  })
}

function registerMonitoring(generate: Command, session: Session): void {
  const command = generate
    .command('monitoring')
    .summary('print a Prometheus exporter with alerts and a dashboard')
    .description(
      'Prints a Deployment that runs "kubectl leader export" for all namespaces, its RBAC, a ServiceMonitor and a ' +
        'PrometheusRule for the Prometheus Operator, and a ConfigMap with a Grafana dashboard. With --scrape=annotations, ' +
        'the Pods have scrape annotations instead of a ServiceMonitor, and the rules are in a ConfigMap.\n\n' +
        'The image can be any image with kubectl-leader on its PATH.',
    )
    .option('--name <name>', 'name of all objects', 'leader-exporter')
    .option('--image <image>', 'image of the exporter', DEFAULT_IMAGE)
    .addOption(new Option('--replicas <number>', 'number of Pods').argParser(parseReplicas).default(2))
    .addOption(
      new Option('--scrape <how>', 'how Prometheus finds the exporter').choices(['servicemonitor', 'annotations']).default('servicemonitor'),
    )
    .addOption(
      new Option('--monitor-label <key=value>', 'label of the ServiceMonitor and the PrometheusRule, by which an operator selects them; can be repeated').argParser(
        parseLabel,
      ),
    )
    .option('--runbooks <url>', 'address of the runbooks that the alerts link to', 'docs/runbooks.md')
    .addOption(
      new Option('--only <part>', 'print only this part: the manifests of the exporter, the rules as a rule file, or the dashboard as JSON').choices([
        'exporter',
        'rules',
        'dashboard',
      ]),
    )
    .addHelpText(
      'after',
      `
Examples:
  ${session.programName} generate monitoring -n monitoring --image=… --monitor-label release=prometheus | kubectl apply -f -
  ${session.programName} generate monitoring --only rules > leader-elections.rules.yaml
  ${session.programName} generate monitoring --only dashboard > leader-elections.json`,
    )
  addPlaceFlags(command)
  command.action(async (flags: MonitoringFlags) => {
    const { name, image, replicas, scrape, monitorLabel: monitorLabels = {}, runbooks, only, output } = flags
    if (name.length > LONGEST_LABEL) throw new CommandError(`"${name}" is too long for a Pod label. Use a shorter --name.`)
    const namespace = flags.namespace ?? (await namespaceOfContext(session, flags))
    const { alertRules } = await import('../generate/monitoring/alerts.ts')
    const { dashboard } = await import('../generate/monitoring/dashboard.ts')
    const { exporterManifests } = await import('../generate/monitoring/exporter.ts')
    const { monitoringManifests } = await import('../generate/monitoring/monitoring.ts')
    const options = { namespace, name, image, replicas, scrape, monitorLabels, runbooks }
    if (only === 'rules') session.stdout.write(await manifestText(output, [alertRules(runbooks)]))
    else if (only === 'dashboard') session.stdout.write(await manifestText('json', [dashboard()]))
    else await print(session, flags, only === 'exporter' ? exporterManifests(options) : await monitoringManifests(options))
  })
}

function registerK9s(generate: Command, session: Session): void {
  generate
    .command('k9s')
    .summary('print plugins and columns for the Leases in k9s')
    .description(
      'Prints configuration of k9s, for its list of Leases:\n\n' +
        '  plugins  Shift-W watches an election, Shift-I inspects it, Shift-L follows the\n' +
        "           leader's log, Shift-F moves leadership (not if k9s is read-only)\n" +
        '  views    columns with holder, last renewal, lease duration and transitions\n\n' +
        'k9s runs the plugins with sh, less, and kubectl with this plugin.',
    )
    .addArgument(new Argument('[what]', 'plugins or views').choices(['plugins', 'views']).default('plugins'))
    .addOption(new Option('-o, --output <format>', 'output format').choices(['yaml', 'json']).default('yaml'))
    .addHelpText(
      'after',
      `
Examples:
  # k9s reads all files in its folder "plugins"
  ${session.programName} generate k9s plugins > ~/.config/k9s/plugins/leader.yaml

  # If this file exists, add the entry below "views:" to it
  ${session.programName} generate k9s views > ~/.config/k9s/views.yaml`,
    )
    .action(async (what: 'plugins' | 'views', { output }: Pick<PlaceFlags, 'output'>) => {
      const { k9sPlugins, k9sViews } = await import('../generate/k9s.ts')
      session.stdout.write(await manifestText(output, [what === 'views' ? k9sViews() : k9sPlugins()]))
    })
}

function addCommonFlags(command: Command, serviceAccountHelp: string): void {
  command
    .addOption(
      new Option('--lock <kind>', 'kind of lock to use').choices(['lease', 'configmap', 'endpoints']).default(undefined, 'lease'),
    )
    .option('--service-account <name>', serviceAccountHelp)
  addPlaceFlags(command)
}

function addPlaceFlags(command: Command): void {
  command
    .option('-n, --namespace <namespace>', 'namespace of the objects (default: the namespace of the kubeconfig context)')
    .option('--context <name>', 'kubeconfig context to take the namespace from (default: the current context)')
    .option('--kubeconfig <file>', 'kubeconfig file to use (default: $KUBECONFIG, or ~/.kube/config)')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['yaml', 'json']).default('yaml'))
}

async function readCommonFlags(
  session: Session,
  text: string,
  flags: GenerateFlags,
): Promise<{ name: string; lock: LockKind; namespace: string; serviceAccount: string }> {
  const { name, lock: named } = parseElectionName(text)
  if (named && flags.lock && named !== flags.lock) {
    throw new CommandError(`"${text}" does not match --lock=${flags.lock}. Leave out --lock, or the type in front of the name.`)
  }
  const lock = named ?? flags.lock ?? 'lease'
  const namespace = flags.namespace ?? (await namespaceOfContext(session, flags))
  return { name, lock, namespace, serviceAccount: flags.serviceAccount ?? name }
}

/** As in kubectl, `default` if the context names no namespace, or there is no kubeconfig. */
async function namespaceOfContext(session: Session, flags: PlaceFlags): Promise<string> {
  const { contexts, currentContext } = await loadKubeconfig(flags.kubeconfig, session.env)
  const context = contexts.get(flags.context ?? currentContext ?? '')
  if (flags.context !== undefined && !context) throw new CommandError(`The context "${flags.context}" does not exist in the kubeconfig.`)
  return context?.namespace || 'default'
}

async function print(session: Session, flags: PlaceFlags, manifests: readonly Manifest[]): Promise<void> {
  session.stdout.write(await manifestText(flags.output, manifests))
}

function parseReplicas(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new CommandError(`"${text}" is not a valid number of Pods. Use 1 or more.`)
}
