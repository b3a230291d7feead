import * as vscode from 'vscode'
import type { Candidate } from '../../shared/candidates/candidate.ts'
import { candidatesOf } from '../../shared/candidates/candidates-of.ts'
import { coordinatedChoice } from '../../shared/candidates/coordinated.ts'
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
  for (const candidate of details ? candidatesOf(details) : []) {
    if (!candidate.isLeader) tell(vscode.l10n.t('Candidate'), candidateText(candidate), 'organization')
  }
  const choice = details && coordinatedChoice(details.leaseCandidates)
  tell(vscode.l10n.t('The API server would choose'), choice?.name, 'law')
  tell(vscode.l10n.t('Strategy'), record.strategy, 'law')
  if (deletion) tell(vscode.l10n.t('Marked for deletion'), deletion.finalizers.join(', ') || deletion.timestamp, 'trash')
  if (lock !== 'lease') tell(vscode.l10n.t('Lock'), lock, 'database')
  if (category !== 'election') tell(vscode.l10n.t('Category'), categoryText(category), 'tag')
  for (const gap of details?.gaps ?? []) tell(vscode.l10n.t('Could not check'), withAdvice(gap), 'warning')
  return rows
}

/** A candidate with its Node and zone, and whether leadership can be handed over to it. */
function candidateText({ pod, node, identity, unknown }: Candidate): string {
  const name = pod?.name ?? identity ?? ''
  const where = [pod?.nodeName, node?.zone].filter((part) => typeof part === 'string').join(', ')
  const known =
    identity !== null
      ? vscode.l10n.t('identity known')
      : unknown === 'restarted'
        ? vscode.l10n.t('identity not known since its restart')
        : vscode.l10n.t('identity not known until it has led')
  return `${name} (${[where, known].filter(Boolean).join('; ')})`
}
