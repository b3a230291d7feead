import * as vscode from 'vscode'
import { FailoverRefused, type FailoverRefusal } from '../../shared/actions/failover.ts'
import type { Refusal } from '../../shared/actions/driven-election.ts'
import { NoLeaderLogError } from '../../shared/actions/logs.ts'
import { ReleaseRefused, type ReleaseRefusal } from '../../shared/actions/release.ts'
import { ClusterError, type ClusterErrorKind } from '../../shared/cluster/errors.ts'
import type { Restriction } from '../../shared/cluster/elections/scope.ts'
import { InvalidElectorOption } from '../../shared/election/invalid-option.ts'
import { JITTER_FACTOR } from '../../shared/election/timings.ts'
import { KeepRefused, type KeepRefusal } from '../../shared/keep/keep-election.ts'
import { Phrase, phraseOf, verbatim } from '../../shared/phrase.ts'
import { AdvisedError } from '../../shared/remedy.ts'
import { translated } from './phrases.ts'

/** An election cannot be joined. */
export class JoinRefused extends AdvisedError {
  readonly kind: Refusal['kind']

  constructor(refusal: Refusal) {
    super(refusal)
    this.kind = refusal.kind
  }
}

/** The connection to a cluster was lost. The elections are stale. */
export class ConnectionLost extends AdvisedError {}

/**
 * An error in the language of the person, without advice. Phrases and refusals are translated as a whole. For an error that
 * is neither, a translated sentence says what failed, and its own words follow. In English, these alone are enough.
 */
export function errorMessage(error: unknown): string {
  if (error instanceof InvalidElectorOption) return optionText(error)
  const details = error instanceof Error ? error.message : String(error)
  if (vscode.l10n.bundle === undefined) return details
  const refusal = refusalText(error)
  if (refusal !== null) return refusal
  const said = phraseOf(error)
  if (said.template !== verbatim('').template) return translated(said)
  const summary = summaryOf(error)
  return summary === null ? details : vscode.l10n.t('{0} Details: {1}', summary, details)
}

/** Why only some namespaces are shown. */
export function restrictionText({ namespaces, message }: Restriction): string {
  if (vscode.l10n.bundle === undefined) return message
  return vscode.l10n.t('You are not allowed to list elections in all namespaces. Showing only: {0}', namespaces.join(', '))
}

/** Why timings are not valid, with the words of the extension for the names of the elector's options. */
function optionText(error: InvalidElectorOption): string {
  const names: Readonly<Record<string, string>> = {
    leaseDurationMs: vscode.l10n.t('the lease duration'),
    renewDeadlineMs: vscode.l10n.t('the renew deadline'),
    retryPeriodMs: vscode.l10n.t('the retry period'),
    maxHoldMs: vscode.l10n.t('the maximum hold time'),
    jitterFactor: String(JITTER_FACTOR),
  }
  const { template, values } = phraseOf(error)
  const why = translated(new Phrase(template, values.map((value) => names[String(value)] ?? value)))
  return vscode.l10n.t('{0}.', why.charAt(0).toUpperCase() + why.slice(1))
}

/** Null for an error that is not a refusal, or whose details are needed. */
function refusalText(error: unknown): string | null {
  if (error instanceof FailoverRefused || error instanceof ReleaseRefused || error instanceof JoinRefused || error instanceof KeepRefused) {
    return textOfRefusal(error.kind)
  }
  if (!(error instanceof NoLeaderLogError)) return null
  switch (error.kind) {
    case 'notFound':
      return vscode.l10n.t('The election does not exist.')
    case 'free':
      return vscode.l10n.t('There is no leader, so there is no log.')
    case 'notAPod':
      return null
  }
}

function textOfRefusal(kind: FailoverRefusal | ReleaseRefusal | KeepRefusal | Refusal['kind']): string | null {
  switch (kind) {
    case 'category':
      return vscode.l10n.t('This lease is not a leader election.')
    case 'coordinated':
      return vscode.l10n.t('This is a coordinated election: the API server chooses the leader from the LeaseCandidates. It cannot be moved or joined from here.')
    case 'multilock':
      return vscode.l10n.t('This is half of a multi-lock: its candidates lead only when they hold both objects. Changing only one of the two can create two leaders.')
    case 'deleting':
      return vscode.l10n.t('The lease is being deleted. Try again when it is gone.')
    case 'deleted':
      return vscode.l10n.t('The lease has just been deleted.')
    case 'free':
      return vscode.l10n.t('The lease has no holder, so there is nothing to move.')
    case 'released':
      return vscode.l10n.t('Another client has just released the lease.')
    case 'moved':
      return vscode.l10n.t('Leadership has just moved to another candidate.')
    case 'changed':
      return vscode.l10n.t('The leader has acquired the lease again, or changed its lease duration, since the plan was made.')
    case 'expired':
      return vscode.l10n.t(
        'The holder has not renewed the lease for a full lease duration. There is no leader, and any candidate can acquire the lease. If the holder is gone, you can release the lease.',
      )
    case 'underway':
      return vscode.l10n.t('A failover, or a block for maintenance, is blocking the lease. If its command was killed, the lease expires on its own.')
    case 'invalid':
      return vscode.l10n.t('The lease has no lease duration, so it is not known when its holder must have stopped.')
    case 'sameHolder':
      return vscode.l10n.t('This candidate is already the leader.')
    case 'renewed':
      return vscode.l10n.t('The holder is running: it has just renewed the lease. Releasing the lease of a running leader usually returns it to that leader, or creates two leaders for a while.')
    case 'noneElsewhere':
      return vscode.l10n.t('No other candidate is known to run elsewhere.')
    case 'tooManyCandidates':
      return vscode.l10n.t('There are too many candidates for several tries.')
    case 'unknownTarget':
    case 'podUnknown':
    case 'staticPod':
    case 'request':
    case 'own':
    case 'placeholder':
      return null
  }
}

/** What failed, in a sentence; null if that is not known. */
function summaryOf(error: unknown): string | null {
  if (error instanceof ClusterError) return clusterErrorText(error.kind)
  if (error instanceof ConnectionLost) return vscode.l10n.t('Connection lost.')
  if (error instanceof FailoverRefused) return vscode.l10n.t('The failover was refused. No changes were made.')
  if (error instanceof NoLeaderLogError) return vscode.l10n.t('There is no log.')
  return error instanceof Error && error.cause !== undefined ? summaryOf(error.cause) : null
}

function clusterErrorText(kind: ClusterErrorKind): string {
  switch (kind) {
    case 'config':
      return vscode.l10n.t('The kubeconfig is invalid.')
    case 'unreachable':
      return vscode.l10n.t('Cannot reach the API server.')
    case 'timeout':
      return vscode.l10n.t('The API server did not respond in time.')
    case 'certificate':
      return vscode.l10n.t('The connection to the API server was rejected because of a certificate.')
    case 'unauthorized':
      return vscode.l10n.t('The API server rejected the credentials.')
    case 'forbidden':
      return vscode.l10n.t('You are not allowed to do this.')
    case 'denied':
      return vscode.l10n.t('An admission policy of the API server rejected the request.')
    case 'notFound':
      return vscode.l10n.t('The API server does not have the requested resource.')
    case 'conflict':
      return vscode.l10n.t('Another client changed the object in the meantime.')
    case 'expired':
      return vscode.l10n.t('The resource version has expired on the API server.')
    case 'invalid':
      return vscode.l10n.t('The API server rejected the request as invalid.')
    case 'tooManyRequests':
      return vscode.l10n.t('The API server is overloaded.')
    case 'server':
      return vscode.l10n.t('The API server failed.')
    case 'protocol':
      return vscode.l10n.t('The server did not respond like a Kubernetes API server.')
  }
}
