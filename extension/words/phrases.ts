import * as vscode from 'vscode'
import { Phrase } from '../../shared/phrase.ts'

/** A phrase of shared/ in the language of the person. It contains text from the cluster as it is there. */
export function translated({ template, values }: Phrase): string {
  return vscode.l10n.t(template, ...values.map((value) => (value instanceof Phrase ? translated(value) : value)))
}

/** The message of something to tell, in the language of the person. */
export function messageText({ message, phrase }: { readonly message: string; readonly phrase?: Phrase | undefined }): string {
  return phrase ? translated(phrase) : message
}
