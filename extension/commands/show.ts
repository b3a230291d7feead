import * as vscode from 'vscode'
import type { ApiClient } from '../../shared/cluster/index.ts'
import type { Row } from '../tree/rows.ts'
import type { Needs } from './needs.ts'
import { electionOf, viewOf } from './target.ts'

/** Opens the details of an election as text. */
export async function describe(app: Needs<'view' | 'documents'>, row: Row | undefined): Promise<void> {
  await app.documents.open('describe', electionOf(app, row))
}

/** Opens the object that stores the election record, as the API server returns it. */
export async function showYaml(app: Needs<'view' | 'documents'>, row: Row | undefined): Promise<void> {
  await app.documents.open('yaml', electionOf(app, row))
}

/** Opens the timeline of an election. */
export async function timeline(app: Needs<'view' | 'context' | 'clusters' | 'clock'>, row: Row | undefined): Promise<void> {
  const handle = electionOf(app, row)
  const { id, contextName, lock, namespace, name, session } = handle
  const { openTimeline } = await import('../timeline/index.ts')
  const { extensionUri, subscriptions } = app.context
  // If the sandbox is restarted, or the context chosen again, the election has a new session.
  const connect = (dead: ApiClient | null): Promise<ApiClient> => app.clusters.current(session).client(dead)
  openTimeline(id, { contextName, lock, namespace, name, connect }, { extensionUri, clock: app.clock, subscriptions })
}

/** Copies the holder's identity as it is in the record. */
export async function copyHolder(app: Needs<'view'>, row: Row | undefined): Promise<void> {
  await vscode.env.clipboard.writeText(viewOf(electionOf(app, row)).election.record.holderIdentity)
}

/** Copies the name of the election. */
export async function copyName(app: Needs<'view'>, row: Row | undefined): Promise<void> {
  await vscode.env.clipboard.writeText(electionOf(app, row).name)
}
