import { dump } from 'js-yaml'
import { isMissing } from '../../shared/cluster/errors.ts'
import { withAdvice } from '../advice.ts'
import * as vscode from 'vscode'
import { readElectionDetails } from '../../shared/cluster/elections/election-details.ts'
import { listNoticesAbout } from '../../shared/cluster/elections/events.ts'
import { lockObject, readObject, type ObjectRef } from '../../shared/cluster/cluster-object.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Clock } from '../../shared/time/clock.ts'
import type { ClusterSession } from '../clusters/cluster-session.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import { electionText } from '../words/election-text.ts'
import { translatedHolderWarnings, translatedRecordWarnings } from '../words/warnings.ts'

const SCHEME = 'kubectl-leader'

/** Elections and the objects around them as read-only documents. Each time one is opened, the cluster is read again. */
export class ElectionDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly onDidChange: vscode.Event<vscode.Uri>
  readonly #changed = new vscode.EventEmitter<vscode.Uri>()
  readonly #contents = new Map<string, string>()
  readonly #registration: vscode.Disposable
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
    this.onDidChange = this.#changed.event
    this.#registration = vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#contents.delete(uri.toString())),
    )
  }

  /** Opens the details of an election. @throws Error if it does not exist, or ClusterError if it cannot be read */
  async describe(handle: ElectionHandle): Promise<void> {
    const { lock, namespace, name } = handle
    const text = await this.#description(handle).catch((error: unknown) => {
      throw isMissing(error) ? new Error(vscode.l10n.t('There is no election {0}.', electionText(handle))) : error
    })
    await this.#open(handle, { namespace, file: `${lock}-${name} (description)`, id: handle.id }, text)
  }

  /** Opens the object that stores the election's record, as the API server returns it. @throws ClusterError if it cannot be read */
  async showLock(handle: ElectionHandle): Promise<void> {
    const { lock, namespace, name } = handle
    const text = yamlOf(await readObject(await handle.client(), lockObject(handle)))
    await this.#open(handle, { namespace, file: `${lock}-${name}`, id: handle.id }, text)
  }

  /** Opens an object without its `managedFields`, as kubectl does. @throws ClusterError if it cannot be read */
  async showObject(session: ClusterSession, object: ObjectRef): Promise<void> {
    const read = withoutManagedFields(await readObject(await session.client(), object))
    await this.#open({ contextName: session.name }, placeOf(session, object), yamlOf(read))
  }

  /** Opens the Events about an object, newest first. @throws ClusterError if they cannot be read */
  async showEvents(session: ClusterSession, object: ObjectRef): Promise<void> {
    const notices = await listNoticesAbout(await session.client(), this.#clock, object)
    const { kind, name } = object
    const text = notices.length === 0 ? `# ${vscode.l10n.t('The API server keeps no Events about {0}. By default, it deletes them after an hour.', harmless(`${kind}/${name}`))}\n` : yamlOf(notices)
    await this.#open({ contextName: session.name }, placeOf(session, object, ' (Events)'), text)
  }

  async #open({ contextName }: Pick<ElectionHandle, 'contextName'>, { namespace, file, id }: DocumentPlace, text: string): Promise<void> {
    // The URI encodes its path itself. Names of contexts may contain a slash; the query tells them apart.
    const path = [contextName, ...(namespace === null ? [] : [namespace]), `${file}.yaml`].map((part) => harmless(part).replaceAll('/', '-'))
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${path.join('/')}`, query: id })
    this.#contents.set(uri.toString(), text)
    this.#changed.fire(uri)
    const document = await vscode.workspace.openTextDocument(uri)
    await vscode.languages.setTextDocumentLanguage(document, 'yaml')
    await vscode.window.showTextDocument(document, { preview: true })
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#contents.get(uri.toString()) ?? ''
  }

  dispose(): void {
    this.#registration.dispose()
    this.#changed.dispose()
  }

  async #description(handle: ElectionHandle): Promise<string> {
    const details = await readElectionDetails(await handle.client(), this.#clock, handle)
    const { election, holder, node, owners, siblings, leaseCandidates, notices, gaps } = details
    const status = handle.read()?.status ?? null
    const { resourceVersion, uid, ...known } = election
    return yamlOf({
      state: status && { state: status.state, basis: status.basis },
      warnings: [...(status ? translatedRecordWarnings(election, status) : []), ...translatedHolderWarnings(election.record.holderIdentity, holder, node)],
      ...known,
      holder,
      node,
      owners,
      possibleCandidates: siblings.map(({ name, phase, isReady, nodeName }) => ({ name, phase, isReady, nodeName })),
      leaseCandidates,
      events: notices.slice(0, 20),
      couldNotCheck: gaps.map(withAdvice),
      object: { uid, resourceVersion },
    })
  }
}

/** Where a document is; the id tells documents of the same name apart. */
interface DocumentPlace {
  readonly namespace: string | null
  readonly file: string
  readonly id: string
}

function placeOf(session: ClusterSession, { kind, namespace, name }: ObjectRef, suffix = ''): DocumentPlace {
  return { namespace, file: `${kind.toLowerCase()}-${name}${suffix}`, id: `${session.id} ${kind}/${namespace ?? ''}/${name}` }
}

function withoutManagedFields(object: unknown): unknown {
  const { metadata, ...rest } = object as { readonly metadata?: Readonly<Record<string, unknown>> }
  if (typeof metadata !== 'object') return object
  const { managedFields: _, ...kept } = metadata
  const { apiVersion, kind, ...others } = rest as Readonly<Record<string, unknown>>
  return { apiVersion, kind, metadata: kept, ...others }
}

/** YAML escapes control characters. Invisible characters, and those that change the text direction, are made visible here. */
function yamlOf(value: unknown): string {
  const lines = dump(JSON.parse(JSON.stringify(value)), { lineWidth: -1 }).split('\n')
  return lines.map((line) => harmless(line)).join('\n')
}
