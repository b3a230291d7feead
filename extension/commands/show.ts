import * as vscode from 'vscode'
import type { Row } from '../tree/rows.ts'
import type { Needs } from './needs.ts'
import { electionOf, viewOf } from './target.ts'

/** Opens the details of an election as text. */
export async function describe(app: Needs<'view' | 'clusters' | 'source' | 'documents'>, row: Row | undefined): Promise<void> {
  await app.documents.open('describe', await electionOf(app, row))
}

/** Opens the object that stores the election record, as the API server returns it. */
export async function showYaml(app: Needs<'view' | 'clusters' | 'source' | 'documents'>, row: Row | undefined): Promise<void> {
  await app.documents.open('yaml', await electionOf(app, row))
}

/** Opens the timeline of an election. */
export async function timeline(app: Needs<'view' | 'clusters' | 'source' | 'timelines'>, row: Row | undefined): Promise<void> {
  await app.timelines.open(await electionOf(app, row))
}

/** Pauses the timeline that is open, or follows the present again. */
export function toggleTimeline(app: Needs<'timelines'>): void {
  app.timelines.active?.act({ type: 'toggle-following' })
}

export function exportTimelineJson(app: Needs<'timelines'>): void {
  app.timelines.active?.export('json')
}

export function exportTimelineSvg(app: Needs<'timelines'>): void {
  app.timelines.active?.export('svg')
}

/** Copies the holder's identity as it is in the record. */
export async function copyHolder(app: Needs<'view' | 'clusters' | 'source'>, row: Row | undefined): Promise<void> {
  await vscode.env.clipboard.writeText(viewOf(await electionOf(app, row)).election.record.holderIdentity)
}

/** Copies the name of the election. */
export async function copyName(app: Needs<'view' | 'clusters' | 'source'>, row: Row | undefined): Promise<void> {
  await vscode.env.clipboard.writeText((await electionOf(app, row)).name)
}
