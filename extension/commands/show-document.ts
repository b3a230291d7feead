import type { App } from '../app.ts'
import type { Row } from '../tree/rows.ts'
import { electionOf } from './target.ts'

/** Opens the details of an election as text. */
export async function describe(app: App, row: Row | undefined): Promise<void> {
  await app.documents.open('describe', electionOf(app, row))
}

/** Opens the object that stores the election record, as the API server returns it. */
export async function showYaml(app: App, row: Row | undefined): Promise<void> {
  await app.documents.open('yaml', electionOf(app, row))
}
