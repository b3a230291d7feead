import * as vscode from 'vscode'

/** What of `vscode.window` asks or tells a person something. */
type Asking = 'showInputBox' | 'showQuickPick' | 'showInformationMessage' | 'showWarningMessage' | 'showErrorMessage'

/** What was asked or told: all texts, in order. */
export interface Asked extends Disposable {
  readonly texts: readonly string[]
}

/** Answers in the person's place, until it is disposed of: with what the function returns. */
export function answer(answers: Partial<Record<Asking, (...asked: readonly unknown[]) => unknown>>): Asked {
  const texts: string[] = []
  const window = vscode.window as unknown as Record<string, unknown>
  const before = Object.keys(answers).map((name) => [name, window[name]] as const)
  for (const [name, reply] of Object.entries(answers)) {
    window[name] = async (...asked: readonly unknown[]) => {
      texts.push(asked.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join('\n'))
      return reply(...asked)
    }
  }
  return {
    texts,
    [Symbol.dispose]() {
      for (const [name, value] of before) window[name] = value
    },
  }
}

/** The last of a message's buttons: the one that says yes. */
export function yes(...asked: readonly unknown[]): unknown {
  return asked.at(-1)
}

/** The first button of a modal: what it is about. */
export function first(...asked: readonly unknown[]): unknown {
  return asked[2]
}

/** Escape. */
export function no(): undefined {
  return undefined
}
