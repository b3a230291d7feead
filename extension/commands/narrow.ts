import { writeSetting } from '../settings.ts'
import type { Row } from '../tree/rows.ts'
import type { Needs } from './needs.ts'

/** Removes a context from the setting that says which ones are shown. It is offered only if others are shown as well. */
export async function hideContext(app: Needs<'clusters'>, row: Row | undefined): Promise<void> {
  if (row?.kind === 'context') await writeSetting('contexts', shownContexts(app).filter((name) => name !== row.session.name))
}

export async function showOnlyContext(_app: Needs<'clusters'>, row: Row | undefined): Promise<void> {
  if (row?.kind === 'context') await writeSetting('contexts', [row.session.name])
}

/** Hides the elections of a namespace, in all contexts. */
export async function hideNamespace({ settings }: Needs<'settings'>, row: Row | undefined): Promise<void> {
  if (row?.kind !== 'group' || row.by !== 'namespace') return
  const { namespaces, hiddenNamespaces } = settings
  const others = namespaces.filter((name) => name !== row.name)
  // Without a name, all namespaces would be shown.
  if (others.length > 0 && others.length < namespaces.length) await writeSetting('namespaces', others)
  else await writeSetting('hiddenNamespaces', [...new Set([...hiddenNamespaces, row.name])])
}

/** Watches only one namespace, in all contexts. */
export async function showOnlyNamespace({ settings }: Needs<'settings'>, row: Row | undefined): Promise<void> {
  if (row?.kind !== 'group' || row.by !== 'namespace') return
  if (settings.hiddenNamespaces.includes(row.name)) await writeSetting('hiddenNamespaces', settings.hiddenNamespaces.filter((name) => name !== row.name))
  await writeSetting('namespaces', [row.name])
}

/** Shows all namespaces that the person is allowed to read. */
export async function showAllNamespaces({ settings }: Needs<'settings'>): Promise<void> {
  if (settings.hiddenNamespaces.length > 0) await writeSetting('hiddenNamespaces', [])
  if (settings.namespaces.length > 0) await writeSetting('namespaces', [])
}

function shownContexts({ clusters }: Needs<'clusters'>): readonly string[] {
  return clusters.sessions.filter(({ isSandbox }) => !isSandbox).map(({ name }) => name)
}
