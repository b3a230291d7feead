import type { ApiClient } from '../../shared/cluster/client.ts'
import { listElections } from '../../shared/cluster/elections/election-list.ts'
import type { ElectionStore } from '../../shared/cluster/list-watch/store.ts'
import type { Election } from '../../shared/lease/election.ts'

/** The elections that somebody knows, each as one line, in order. */
export type Picture = readonly string[]

/** What the server has. */
export async function serverPicture(client: ApiClient): Promise<Picture> {
  return pictureOf((await listElections(client, { namespaces: 'all' }, { freshness: 'latest' })).elections)
}

/** What the watcher shows. */
export function storePicture(store: ElectionStore): Picture {
  return pictureOf([...store].map(({ election }) => election))
}

/** What somebody who only hears of events knows. */
export function eventPicture(store: ElectionStore, onViolation: (what: string) => void): ReadonlySet<string> {
  const known = new Set<string>()
  store.onEvent(({ type, election: { name } }) => {
    if (type === 'added') {
      if (known.has(name)) onViolation(`${name} was added twice`)
      known.add(name)
    } else if (!known.has(name)) {
      onViolation(`${name} was ${type} before it was added`)
    }
    if (type === 'deleted') known.delete(name)
  })
  return known
}

/** The first line in which two pictures differ; null where they do not. */
export function difference(server: Picture, other: Picture): string | null {
  const line = server.findIndex((each, index) => each !== other[index])
  if (line < 0 && server.length === other.length) return null
  return `${server[line] ?? 'nothing'} on the server, ${other[line < 0 ? server.length : line] ?? 'nothing'} here`
}

function pictureOf(elections: readonly Election[]): Picture {
  return elections.map(({ name, resourceVersion, record }) => `${name} ${resourceVersion} ${record.holderIdentity} ${record.renewTime}`).sort()
}
