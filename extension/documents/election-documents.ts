import { dump } from 'js-yaml'
import { withAdvice } from '../advice.ts'
import * as vscode from 'vscode'
import { readElectionDetails } from '../../shared/cluster/elections/election-details.ts'
import { readElectionObject } from '../../shared/cluster/elections/election-object.ts'
import { harmless } from '../../shared/lease/index.ts'
import type { Clock } from '../../shared/time/index.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import { translatedHolderWarnings, translatedRecordWarnings } from '../words/warnings.ts'

const SCHEME = 'kubectl-leader'

/** What a document shows: the object as it is, or a description. */
export type DocumentKind = 'yaml' | 'describe'

/** Elections as read-only documents. Each time one is opened, the election is read again. */
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

  /** @throws ClusterError if the election cannot be read */
  async open(kind: DocumentKind, handle: ElectionHandle): Promise<void> {
    const text = kind === 'yaml' ? await this.#yaml(handle) : await this.#description(handle)
    const { contextName, lock, namespace, name } = handle
    const file = `${lock}-${name}${kind === 'yaml' ? '' : ' (description)'}.yaml`
    // The URI encodes its path itself. Names of contexts may contain a slash; the query tells them apart.
    const path = [contextName, namespace, file].map((part) => harmless(part).replaceAll('/', '-'))
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${path.join('/')}`, query: handle.id })
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

  async #yaml(handle: ElectionHandle): Promise<string> {
    return yamlOf(await readElectionObject(await handle.client(), handle))
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

/** YAML escapes control characters. Invisible characters, and those that change the text direction, are made visible here. */
function yamlOf(value: unknown): string {
  const lines = dump(JSON.parse(JSON.stringify(value)), { lineWidth: -1 }).split('\n')
  return lines.map((line) => harmless(line)).join('\n')
}
