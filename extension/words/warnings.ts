import * as vscode from 'vscode'
import type { Holder } from '../../shared/cluster/holders/holder.ts'
import { holderWarnings, type HolderWarningCode } from '../../shared/cluster/holders/holder-warnings.ts'
import type { NodeFacts } from '../../shared/cluster/holders/nodes.ts'
import { leaseDurationMs } from '../../shared/lease/record.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { Status } from '../../shared/lease/status.ts'
import { recordWarnings, type RecordWarningCode, type Warning } from '../../shared/lease/warnings.ts'
import { spokenDuration } from './durations.ts'

type WarnedElection = Pick<Election, 'record' | 'category' | 'deletion'>

/** The warnings of an election's record, in the language of the person. They contain text from the cluster as it is there. */
export function translatedRecordWarnings(election: WarnedElection, status: Status): readonly Warning[] {
  return recordWarnings(election, status).map(({ code }) => ({ code, message: recordWarningText(code, election, status) }))
}

/** The warnings of an election's holder, in the language of the person. They contain text from the cluster as it is there. */
export function translatedHolderWarnings(holderIdentity: string, holder: Holder | null, node: NodeFacts | null): readonly Warning[] {
  return holderWarnings(holderIdentity, holder, node).map(({ code }) => ({ code, message: holderWarningText(code, holderIdentity, holder, node) }))
}

function recordWarningText(code: RecordWarningCode, { record, category, deletion }: WarnedElection, status: Status): string {
  const durationMs = leaseDurationMs(record)
  const unchangedForMs = status.unchangedForMs ?? 0
  switch (code) {
    case 'beingDeleted':
      return deletion === null || deletion.finalizers.length === 0
        ? vscode.l10n.t('The object was marked for deletion at {0}. It disappears, and its leader then loses the lease.', deletion?.timestamp ?? '')
        : vscode.l10n.t(
            'The object was marked for deletion at {0}. It disappears when its finalizers are removed ({1}), and its leader then loses the lease.',
            deletion.timestamp,
            deletion.finalizers.join(', '),
          )
    case 'placeholder':
      return vscode.l10n.t('A failover is blocking this election. There is no leader until the failover ends or its lease expires.')
    case 'blocked':
      return vscode.l10n.t('This election is blocked for maintenance: see its Events. There is no leader until the block ends or its lease expires.')
    case 'badDuration':
      if (durationMs !== null) {
        return vscode.l10n.t('The lease duration is {0}. If the leader fails, no candidate takes over for that long.', spokenDuration(durationMs))
      }
      return record.leaseDurationSeconds === null
        ? vscode.l10n.t('The lease duration is missing, so it is not known when the lease expires.')
        : vscode.l10n.t('The lease duration is {0}, so it is not known when the lease expires.', record.leaseDurationSeconds)
    case 'neverRenewed':
      return vscode.l10n.t('The record has a holder but no renew time. It may not have been written by a leader election client.')
    case 'badTime':
      return vscode.l10n.t('The renew time is not a valid timestamp: {0}', record.renewTime ?? '')
    case 'clockSkew':
      return vscode.l10n.t("The renew time is {0} in the future. The holder's clock and this machine's clock differ.", spokenDuration(-unchangedForMs))
    case 'expired':
      return expiredText(category === 'election', status, record.renewTime, spokenDuration(unchangedForMs), spokenDuration(durationMs ?? 0))
  }
}

function expiredText(
  isElection: boolean,
  { basis, isChangeSeen }: Pick<Status, 'basis' | 'isChangeSeen'>,
  renewTime: string | null,
  unchangedFor: string,
  duration: string,
): string {
  const isObserved = basis === 'observed'
  if (isObserved && !isChangeSeen) {
    const unseen = isElection
      ? vscode.l10n.t('No renewal was observed in {0} (lease duration {1}). There is no leader.', unchangedFor, duration)
      : vscode.l10n.t('No renewal was observed in {0} (lease duration {1}). Its holder is gone.', unchangedFor, duration)
    return renewTime === null ? unseen : `${unseen} ${vscode.l10n.t("The last renewal was before that: {0}, by the holder's clock.", renewTime)}`
  }
  if (isElection) {
    return isObserved
      ? vscode.l10n.t('The lease was not renewed for {0} (lease duration {1}). There is no leader.', unchangedFor, duration)
      : vscode.l10n.t("The lease was last renewed {0} ago, according to the holder's clock (lease duration {1}). Unless the clocks differ, there is no leader.", unchangedFor, duration)
  }
  return isObserved
    ? vscode.l10n.t('The lease was not renewed for {0} (lease duration {1}). Its holder is gone.', unchangedFor, duration)
    : vscode.l10n.t("The lease was last renewed {0} ago, according to the holder's clock (lease duration {1}). Unless the clocks differ, its holder is gone.", unchangedFor, duration)
}

function holderWarningText(code: HolderWarningCode, holderIdentity: string, holder: Holder | null, node: NodeFacts | null): string {
  const pod = holder?.pod?.name ?? ''
  switch (code) {
    case 'holderPodGone':
      return vscode.l10n.t('The holder {0} has the name of a Pod that does not exist.', holderIdentity)
    case 'holderNotFound':
      return vscode.l10n.t('No Pod or Node matches the holder {0}. It is gone, or it runs outside this cluster.', holderIdentity)
    case 'holderPodReplaced':
      return vscode.l10n.t('Pod {0} was created after the record was written. The holder may be an earlier Pod of that name.', pod)
    case 'holderPodEvicted':
      return vscode.l10n.t('Pod {0} was evicted.', pod)
    case 'holderPodEnded':
      return vscode.l10n.t('Pod {0} has terminated ({1}).', pod, holder?.pod?.phase ?? '')
    case 'holderPodTerminating':
      return vscode.l10n.t('Pod {0} is being deleted.', pod)
    case 'holderPodNotReady':
      return vscode.l10n.t('Pod {0} is not ready.', pod)
    case 'holderNodeNotReady':
      return vscode.l10n.t('Node {0} is not ready.', node?.name ?? '')
  }
}
