import type { App } from '../app.ts'
import type { Row } from '../tree/rows.ts'
import { electionOf } from './target.ts'

/** Everything that is known of an election, as text. */
export async function describe(app: App, row: Row | undefined): Promise<void> {
  await app.documents.open('describe', electionOf(app, row))
}

/** The object that holds the election, as the API server has it. */
export async function showYaml(app: App, row: Row | undefined): Promise<void> {
  await app.documents.open('yaml', electionOf(app, row))
}
