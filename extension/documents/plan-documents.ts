import * as vscode from 'vscode'
import { harmless } from '../../shared/lease/harmless.ts'

const SCHEME = 'kubectl-leader-plan'

/** Texts that change while they are shown, as read-only documents: the plans of several failovers, and their progress. */
export class PlanDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly onDidChange: vscode.Event<vscode.Uri>
  readonly #changed = new vscode.EventEmitter<vscode.Uri>()
  /** Of those with a tab. VS Code asks again for the content of a tab that was long in the background. */
  readonly #contents = new Map<string, string>()
  readonly #registrations: readonly vscode.Disposable[]
  #count = 0

  constructor() {
    this.onDidChange = this.#changed.event
    this.#registrations = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
        for (const { input } of closed) if (input instanceof vscode.TabInputText) this.#contents.delete(input.uri.toString())
      }),
    ]
  }

  /** A new document, which is not shown yet. */
  add(title: string, text: string): PlanDocument {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${harmless(title, 100).replaceAll('/', '-')}`, query: String(++this.#count) })
    const key = uri.toString()
    let content = text
    return {
      change: (changed) => {
        if (content === changed) return
        content = changed
        if (!this.#contents.has(key)) return
        this.#contents.set(key, content)
        this.#changed.fire(uri)
      },
      show: async () => {
        this.#contents.set(key, content)
        await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false })
      },
    }
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#contents.get(uri.toString()) ?? ''
  }

  dispose(): void {
    for (const registration of this.#registrations) registration.dispose()
    this.#changed.dispose()
  }
}

/** One document. */
export interface PlanDocument {
  change(text: string): void
  show(): Promise<void>
}
