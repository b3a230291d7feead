import * as vscode from 'vscode'

/** A message of the Debug Adapter Protocol, as far as it is used here. */
interface Message {
  seq: number
  type: string
  command?: string
  arguments?: Readonly<Record<string, unknown>>
}

/** What the adapter asks of its session. */
export interface AdapterHandler {
  /** Begins; rejects if it cannot. */
  launch(): Promise<void>
  restart(): Promise<void>
  /** Ends everything. */
  end(): Promise<void>
}

/** The only thread of the session: it shows what the session does. */
const THREAD = 1

/**
 * A debug adapter that debugs nothing itself: its session waits for leadership, and then runs another debug session below
 * it. Stop and Restart of VS Code reach it, because it manages the lifecycle of that session.
 */
export class LeaderAdapter extends vscode.Disposable implements vscode.DebugAdapter {
  readonly onDidSendMessage: vscode.Event<vscode.DebugProtocolMessage>
  readonly #messages = new vscode.EventEmitter<vscode.DebugProtocolMessage>()
  readonly #handler: AdapterHandler
  #seq = 0
  #state = ''
  #isTerminated = false

  constructor(handler: AdapterHandler) {
    // VS Code has closed the session.
    super(() => void handler.end())
    this.#handler = handler
    this.onDidSendMessage = this.#messages.event
  }

  handleMessage(message: vscode.DebugProtocolMessage): void {
    const request = message as Message
    if (request.type === 'request') void this.#handle(request)
  }

  /** Prints a line in the Debug Console. */
  print(text: string, category: 'console' | 'important' = 'console'): void {
    this.#event('output', { category, output: `${text}\n` })
  }

  /** Shows what the session does in the call stack. */
  show(state: string): void {
    const isFirst = this.#state === ''
    this.#state = state
    // VS Code reads the name of a thread only once.
    if (!isFirst) this.#event('thread', { reason: 'exited', threadId: THREAD })
    this.#event('thread', { reason: 'started', threadId: THREAD })
  }

  /** The session is over. */
  terminated(): void {
    if (this.#isTerminated) return
    this.#isTerminated = true
    this.#event('terminated', {})
  }

  async #handle(request: Message): Promise<void> {
    switch (request.command) {
      case 'initialize':
        this.#respond(request, { supportsRestartRequest: true, supportsTerminateRequest: true, supportTerminateDebuggee: true })
        return
      case 'launch':
        try {
          await this.#handler.launch()
          this.#respond(request)
          this.#event('initialized', {})
        } catch (error) {
          if (!(error instanceof vscode.CancellationError)) this.#refuse(request, (error as Error).message)
          else this.#respond(request)
          this.terminated()
        }
        return
      case 'restart':
        await this.#handler.restart()
        this.#respond(request)
        return
      case 'terminate':
      case 'disconnect':
        this.#respond(request)
        await this.#handler.end()
        this.terminated()
        return
      case 'threads':
        this.#respond(request, { threads: this.#state === '' ? [] : [{ id: THREAD, name: this.#state }] })
        return
      case 'setBreakpoints': {
        const { breakpoints } = request.arguments as { readonly breakpoints?: readonly unknown[] }
        this.#respond(request, { breakpoints: (breakpoints ?? []).map(() => ({ verified: false })) })
        return
      }
      case 'setFunctionBreakpoints':
      case 'setExceptionBreakpoints':
      case 'setInstructionBreakpoints':
      case 'setDataBreakpoints':
        this.#respond(request, { breakpoints: [] })
        return
      case 'configurationDone':
        this.#respond(request)
        return
      default:
        this.#refuse(request, vscode.l10n.t('This session waits for leadership, and runs your program in a session below it.'))
        return
    }
  }

  #respond(request: Message, body: object = {}): void {
    this.#send({ type: 'response', request_seq: request.seq, command: request.command, success: true, body })
  }

  #refuse(request: Message, message: string): void {
    const body = { error: { id: 1, format: '{text}', variables: { text: message }, showUser: request.command === 'launch' } }
    this.#send({ type: 'response', request_seq: request.seq, command: request.command, success: false, message, body })
  }

  #event(event: string, body: object): void {
    this.#send({ type: 'event', event, body })
  }

  #send(message: object): void {
    this.#messages.fire({ seq: ++this.#seq, ...message })
  }
}
