import * as vscode from 'vscode'
import { readElectionDetails, type ElectionDetails } from '../../shared/cluster/elections/election-details.ts'
import { harmless } from '../../shared/lease/index.ts'
import { timestampMs } from '../../shared/lease/timestamp.ts'
import type { Clock } from '../../shared/time/index.ts'
import { errorText, withAdvice } from '../advice.ts'
import { categoryText, confidenceText } from '../words/categories.ts'
import { spokenDuration } from '../words/durations.ts'
import type { DetailRow, ElectionRow } from './rows.ts'

const LONGEST = 300

/** The rows below an election, which are read when the person expands it. */
export async function detailRows(row: ElectionRow, clock: Clock): Promise<readonly DetailRow[]> {
  const { handle, id } = row
  const rows: DetailRow[] = []
  const tell = (label: string, value: string | null | undefined, icon: string, atMs: number | null = null): void => {
    if (!value) return
    const row = { kind: 'detail', id: `${id}/${rows.length}`, label, value: harmless(value, LONGEST), icon } as const
    rows.push(atMs === null ? row : { ...row, atMs })
  }
  const view = handle.read()
  if (!view) return []
  const { record, lock, category, deletion } = view.election
  tell(vscode.l10n.t('Holder'), record.holderIdentity || vscode.l10n.t('none'), 'person')
  let details: ElectionDetails | null = null
  try {
    details = await readElectionDetails(await handle.client(), clock, handle)
  } catch (error) {
    tell(vscode.l10n.t('Could not check'), errorText(error), 'warning')
  }
  const holder = details?.holder
  if (holder?.name) tell(holder.kind, `${holder.name} (${confidenceText(holder.confidence)})`, 'symbol-object')
  if (holder?.kind !== 'Node') tell(vscode.l10n.t('Node'), holder?.node, 'server')
  tell(vscode.l10n.t('Owner'), holder?.owner && `${holder.owner.kind}/${holder.owner.name}`, 'package')
  tell(vscode.l10n.t('Lease duration'), record.leaseDurationSeconds === null ? null : spokenDuration(record.leaseDurationSeconds * 1000), 'watch')
  tell(vscode.l10n.t('Acquired'), record.acquireTime, 'history', timestampMs(record.acquireTime ?? ''))
  tell(vscode.l10n.t('Transitions'), String(record.leaseTransitions), 'arrow-swap')
  const others = (details?.siblings ?? []).filter(({ name }) => name !== holder?.name).map(({ name }) => name)
  tell(vscode.l10n.t('Other candidates'), others.join(', '), 'organization')
  tell(vscode.l10n.t('Candidates'), details?.leaseCandidates.map(({ name }) => name).join(', '), 'organization')
  tell(vscode.l10n.t('Strategy'), record.strategy, 'law')
  if (deletion) tell(vscode.l10n.t('Marked for deletion'), deletion.finalizers.join(', ') || deletion.timestamp, 'trash')
  if (lock !== 'lease') tell(vscode.l10n.t('Lock'), lock, 'database')
  if (category !== 'election') tell(vscode.l10n.t('Category'), categoryText(category), 'tag')
  for (const gap of details?.gaps ?? []) tell(vscode.l10n.t('Could not check'), withAdvice(gap), 'warning')
  return rows
}
