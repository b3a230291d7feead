/**
 * As much of VS Code's API as the extension needs to be put together: nothing is drawn, asked or told. Stands in for
 * the module `vscode`, which exists only in an extension host: `vi.mock('vscode', () => import(…))`.
 */

/** What a person has set, without the section; a test changes it, and tells so with {@link settingsChanged}. */
export const settings: Record<string, unknown> = {}

export class Disposable {
  readonly dispose: () => void

  constructor(dispose: () => void) {
    this.dispose = dispose
  }

  static from(...parts: readonly Disposable[]): Disposable {
    return new Disposable(() => parts.forEach((part) => part.dispose()))
  }
}

const nothing = new Disposable(() => undefined)

export class EventEmitter<T> {
  readonly #listeners = new Set<(value: T) => void>()
  readonly event = (listener: (value: T) => void): Disposable => {
    this.#listeners.add(listener)
    return new Disposable(() => void this.#listeners.delete(listener))
  }

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value)
  }

  dispose(): void {
    this.#listeners.clear()
  }
}

const configurationChanges = new EventEmitter<{ affectsConfiguration(section: string): boolean }>()
const never = new EventEmitter<never>().event

export function settingsChanged(): void {
  configurationChanges.fire({ affectsConfiguration: () => true })
}

export class Uri {
  readonly fsPath: string

  private constructor(path: string) {
    this.fsPath = path
  }

  static file(path: string): Uri {
    return new Uri(path)
  }

  static joinPath({ fsPath }: Uri, ...parts: readonly string[]): Uri {
    return new Uri([fsPath, ...parts].join('/'))
  }
}

/** The one entry of the status bar. */
export const statusBarItem = { text: '', tooltip: '', show() {}, hide() {}, dispose() {} }

export class ThemeIcon {
  readonly id: string

  constructor(id: string) {
    this.id = id
  }
}

export class ThemeColor extends ThemeIcon {}

export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 }
export const StatusBarAlignment = { Left: 1, Right: 2 }
export const ProgressLocation = { Notification: 15 }

export const l10n = {
  /** The translations; undefined for English. A test sets it. */
  bundle: undefined as Readonly<Record<string, string>> | undefined,
  t: (text: string, ...values: readonly (string | number)[]): string =>
    (l10n.bundle?.[text] ?? text).replace(/\{(\d)\}/g, (placeholder, index: string) => String(values[Number(index)] ?? placeholder)),
}

/** The state of a workspace, as an extension saves it. */
export class Memento {
  readonly #values = new Map<string, unknown>()

  get(key: string): unknown {
    return this.#values.get(key)
  }

  /** It is saved as JSON. */
  update(key: string, value: unknown): Promise<void> {
    this.#values.set(key, JSON.parse(JSON.stringify(value)))
    return Promise.resolve()
  }
}

/** What VS Code gives to an extension: the parts that are put together without being used. */
export function extensionContext(subscriptions: { dispose(): void }[], workspaceState = new Memento()): never {
  return { subscriptions, workspaceState, globalStorageUri: Uri.file('/dev/null') } as never
}

/** The lines of the output channel, each with its level. */
export const logged: string[] = []

export const env = { uriScheme: 'vscode', language: 'en', remoteName: undefined as string | undefined }

export const commands = {
  executeCommand: (): Promise<undefined> => Promise.resolve(undefined),
}

export class CancellationError extends Error {}

/** A cancellation token, and what cancels. */
export class CancellationTokenSource {
  readonly #cancelled = new EventEmitter<undefined>()
  readonly token = { isCancellationRequested: false, onCancellationRequested: this.#cancelled.event }

  cancel(): void {
    this.token.isCancellationRequested = true
    this.#cancelled.fire(undefined)
  }
}

export const window = {
  createOutputChannel: () => ({
    info: (text: string) => logged.push(`info: ${text}`),
    warn: (text: string) => logged.push(`warn: ${text}`),
    error: (text: string) => logged.push(`error: ${text}`),
    show() {},
    dispose() {},
  }),
  createTreeView: () => ({ visible: false, selection: [], badge: undefined, description: '', onDidChangeVisibility: never, onDidChangeSelection: never, dispose() {} }),
  createStatusBarItem: () => statusBarItem,
  registerFileDecorationProvider: () => nothing,
  registerWebviewPanelSerializer: (_type: string, _serializer: unknown) => nothing,
  onDidChangeWindowState: never,
  tabGroups: { onDidChangeTabs: never },
  onDidChangeTextEditorSelection: never,
  /** The person presses the first button of a modal, and the last one of a notification. */
  showWarningMessage: (...asked: readonly unknown[]): Promise<unknown> => Promise.resolve(typeof asked[1] === 'object' ? asked[2] : asked.at(-1)),
  showInformationMessage: (..._told: readonly unknown[]): Promise<unknown> => Promise.resolve(undefined),
  showErrorMessage: (..._told: readonly unknown[]): Promise<unknown> => Promise.resolve(undefined),
  showQuickPick: (..._asked: readonly unknown[]): Promise<unknown> => Promise.resolve(undefined),
  showInputBox: (..._asked: readonly unknown[]): Promise<unknown> => Promise.resolve(undefined),
  createTerminal: (_options: unknown) => ({ show() {} }),
  /** Nobody cancels it. */
  withProgress: <T>(_: unknown, work: (progress: { report(): void }, token: CancellationTokenSource['token']) => Promise<T>): Promise<T> =>
    work({ report() {} }, new CancellationTokenSource().token),
}

export const workspace = {
  isTrusted: true,
  getConfiguration: () => ({
    get: (name: string, byDefault?: unknown) => settings[name] ?? byDefault,
    /** All are of the workspace. */
    inspect: () => ({}),
  }),
  onDidChangeConfiguration: configurationChanges.event,
  onDidGrantWorkspaceTrust: never,
  registerTextDocumentContentProvider: () => nothing,
  onDidCloseTextDocument: never,
}

export const extensions = {
  /** The ids of other extensions; a test sets it. */
  installed: [] as readonly string[],
  getExtension: (id: string): object | undefined => (extensions.installed.includes(id) ? {} : undefined),
  onDidChange: never,
}

export const debug = {
  registerDebugAdapterTrackerFactory: () => nothing,
  onDidStartDebugSession: never,
  onDidTerminateDebugSession: never,
}

export const TaskScope = { Global: 1, Workspace: 2 }
export const TaskRevealKind = { Always: 1 }
export const TaskPanelKind = { New: 3 }

export class ProcessExecution {
  readonly process: string
  readonly args: readonly string[]
  readonly options: unknown

  constructor(process: string, args: readonly string[], options: unknown) {
    this.process = process
    this.args = args
    this.options = options
  }
}

export class Task {
  presentationOptions = {}
  readonly definition: unknown
  readonly scope: unknown
  readonly name: string
  readonly source: string
  readonly execution: unknown

  constructor(definition: unknown, scope: unknown, name: string, source: string, execution: unknown) {
    this.definition = definition
    this.scope = scope
    this.name = name
    this.source = source
    this.execution = execution
  }
}

const taskStarts = new EventEmitter<unknown>()
const taskEnds = new EventEmitter<unknown>()

/** Tasks do not run: a test tells that they do. */
export const tasks = {
  registerTaskProvider: () => nothing,
  onDidStartTaskProcess: taskStarts.event,
  onDidEndTask: taskEnds.event,
  executeTask: (task: Task): Promise<unknown> => Promise.resolve({ task }),
  starts: (execution: unknown, processId: number): void => taskStarts.fire({ execution, processId }),
  ends: (execution: unknown): void => taskEnds.fire({ execution }),
}
