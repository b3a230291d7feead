import * as vscode from 'vscode'
import { candidatesOf } from '../../shared/candidates/candidates-of.ts'
import { coordinatedChoice } from '../../shared/candidates/coordinated.ts'
import { isObjectKind } from '../../shared/cluster/cluster-object.ts'
import { readElectionDetails, type ElectionDetails } from '../../shared/cluster/elections/election-details.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { leaderOf } from '../../shared/lease/placeholder.ts'
import { timestampMs } from '../../shared/lease/timestamp.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { errorText, withAdvice } from '../advice.ts'
import { candidateText, choiceText } from '../words/candidates.ts'
import { categoryText, confidenceText } from '../words/categories.ts'
import { spokenDuration } from '../words/durations.ts'
import type { DetailRow, ElectionRow } from './rows.ts'

const LONGEST = 500

/** The rows below an election, which are read when the person expands it. */
export async function detailRows(row: ElectionRow, clock: Clock): Promise<readonly DetailRow[]> {
  const { handle, id } = row
  const rows: DetailRow[] = []
  const tell = (label: string, value: string | null | undefined, icon: string, facts: DetailFacts = {}): void => {
    if (!value) return
    rows.push({ kind: 'detail', id: `${id}/${rows.length}`, handle, label, value: harmless(value, LONGEST), icon, ...facts })
  }
  const view = handle.read()
  if (!view) return []
  const { record, lock, category, deletion } = view.election
  const isHeld = leaderOf(record) !== ''
  tell(vscode.l10n.t('Holder'), record.holderIdentity || vscode.l10n.t('none'), 'person', { isHolder: isHeld })
  let details: ElectionDetails | null = null
  try {
    details = await readElectionDetails(await handle.client(), clock, handle)
  } catch (error) {
    tell(vscode.l10n.t('Could not check'), errorText(error), 'warning')
  }
  const holder = details?.holder
  if (holder?.name) {
    const text = `${holder.name} (${confidenceText(holder.confidence)})`
    tell(holder.kind, text, 'symbol-object', { ...objectOf(holder.kind, holder.namespace, holder.name), isHolder: holder.kind === 'Pod' && isHeld })
  }
  if (holder?.kind !== 'Node') tell(vscode.l10n.t('Node'), holder?.node, 'server', objectOf('Node', null, holder?.node))
  const owner = holder?.owner
  tell(vscode.l10n.t('Owner'), owner && `${owner.kind}/${owner.name}`, 'package', objectOf(owner?.kind, holder?.pod?.namespace, owner?.name))
  tell(vscode.l10n.t('Lease duration'), record.leaseDurationSeconds === null ? null : spokenDuration(record.leaseDurationSeconds * 1000), 'watch')
  tell(vscode.l10n.t('Acquired'), record.acquireTime, 'history', timeOf(record.acquireTime))
  tell(vscode.l10n.t('Transitions'), String(record.leaseTransitions), 'arrow-swap')
  for (const candidate of details ? candidatesOf(details) : []) {
    const { isLeader, pod } = candidate
    if (!isLeader) tell(vscode.l10n.t('Candidate'), candidateText(candidate, clock.wallMs()), 'organization', objectOf('Pod', pod?.namespace, pod?.name))
  }
  const choice = details && coordinatedChoice(details.leaseCandidates)
  tell(vscode.l10n.t('The API server would choose'), choice && choiceText(choice), 'law')
  tell(vscode.l10n.t('Strategy'), record.strategy, 'law')
  if (deletion) tell(vscode.l10n.t('Marked for deletion'), deletion.finalizers.join(', ') || deletion.timestamp, 'trash')
  if (lock !== 'lease') tell(vscode.l10n.t('Lock'), lock, 'database')
  if (category !== 'election') tell(vscode.l10n.t('Category'), categoryText(category), 'tag')
  for (const gap of details?.gaps ?? []) tell(vscode.l10n.t('Could not check'), withAdvice(gap), 'warning')
  return rows
}

type DetailFacts = Pick<DetailRow, 'atMs' | 'object' | 'isHolder'>

/** The object that a row names. Controllers of other kinds than Kubernetes' own are not known by their paths. */
function objectOf(kind: string | undefined, namespace: string | null | undefined, name: string | null | undefined): DetailFacts {
  if (kind === undefined || !isObjectKind(kind) || namespace === undefined || !name) return {}
  return { object: { kind, namespace, name } }
}

function timeOf(timestamp: string | null): DetailFacts {
  const atMs = timestampMs(timestamp ?? '')
  return atMs === null ? {} : { atMs }
}
