import * as vscode from 'vscode'
import type { App } from '../app.ts'
import type { Row } from '../tree/rows.ts'
import { electionOf, viewOf } from './target.ts'

/** Copies the holder's identity as it is in the record. */
export async function copyHolder(app: App, row: Row | undefined): Promise<void> {
  await vscode.env.clipboard.writeText(viewOf(electionOf(app, row)).election.record.holderIdentity)
}

export async function copyName(app: App, row: Row | undefined): Promise<void> {
  await vscode.env.clipboard.writeText(electionOf(app, row).name)
}
