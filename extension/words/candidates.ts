import * as vscode from 'vscode'
import { isKnownFromEvent, type Candidate, type IdentitySource } from '../../shared/candidates/candidate.ts'
import { hasAnsweredPing, type CoordinatedChoice } from '../../shared/candidates/coordinated.ts'
import { timestampMs } from '../../shared/lease/timestamp.ts'
import { ago } from './durations.ts'
import { short } from './election-text.ts'

/** A candidate in a word: the name of its Pod, or its identity. */
export function candidateName({ pod, identity }: Pick<Candidate, 'pod' | 'identity'>): string {
  return short(pod?.name ?? identity ?? '')
}

/** Where a candidate runs, and whether it is ready: `node-a, zone-1, ready`. Empty if nothing is known of it. */
export function candidatePlace({ pod, node }: Candidate): string {
  if (!pod) return ''
  const state = pod.deletionTimestamp !== null ? vscode.l10n.t('being deleted') : pod.isReady ? vscode.l10n.t('ready') : vscode.l10n.t('not ready')
  return [
    ...[pod.nodeName, node?.zone].filter((name) => typeof name === 'string').map(short),
    state,
    ...(node?.isReady === false ? [vscode.l10n.t('node not ready')] : []),
    ...(node?.isCordoned ? [vscode.l10n.t('node cordoned')] : []),
  ].join(', ')
}

/** Whether leadership can be handed over to a candidate. */
export function identityText({ source, unknown }: Pick<Candidate, 'source' | 'unknown'>): string {
  if (source !== null) return vscode.l10n.t('identity known from {0}', sourceText(source))
  return unknown === 'restarted' ? vscode.l10n.t('identity not known since its restart') : vscode.l10n.t('identity not known until it has led')
}

function sourceText(source: IdentitySource): string {
  switch (source) {
    case 'record':
      return vscode.l10n.t('the lease')
    case 'leaseCandidate':
      return vscode.l10n.t('its LeaseCandidate')
    case 'announcement':
      return vscode.l10n.t('the Event with which it announced itself')
    case 'leadership':
      return vscode.l10n.t('the Event about its last term as the leader')
    case 'format':
      return vscode.l10n.t("the format of the leader's identity")
  }
}

/** When a candidate last led; null if no Event says so. */
export function lastLedText({ lastLed }: Pick<Candidate, 'lastLed'>, wallMs: number): string | null {
  const atMs = timestampMs(lastLed)
  return atMs === null ? null : vscode.l10n.t('last led {0}', ago(wallMs - atMs, vscode.env.language))
}

/** When an Event last told of a candidate, if nothing else does; otherwise null. */
export function lastSeenText(candidate: Pick<Candidate, 'pod' | 'source' | 'toldAt'>, wallMs: number): string | null {
  const atMs = isKnownFromEvent(candidate) ? timestampMs(candidate.toldAt) : null
  return atMs === null ? null : vscode.l10n.t('last seen {0}', ago(wallMs - atMs, vscode.env.language))
}

/** All that is known of a candidate, the most important first. */
export function candidateText(candidate: Candidate, wallMs: number): string {
  const { identity, leaseCandidate } = candidate
  const parts = [
    candidateName(candidate),
    candidatePlace(candidate),
    identityText(candidate),
    lastLedText(candidate, wallMs) ?? '',
    lastSeenText(candidate, wallMs) ?? '',
    ...(leaseCandidate ? leaseCandidateTexts(leaseCandidate, wallMs) : []),
    ...(identity === null ? [] : [vscode.l10n.t('identity: {0}', short(identity))]),
  ]
  return parts.filter((part) => part !== '').join(' · ')
}

function leaseCandidateTexts(candidate: NonNullable<Candidate['leaseCandidate']>, wallMs: number): readonly string[] {
  const { binaryVersion, emulationVersion, strategy, pingTime, renewTime } = candidate
  const since = (timestamp: string | null): string => {
    const atMs = timestampMs(timestamp)
    return atMs === null ? vscode.l10n.t('never') : ago(wallMs - atMs, vscode.env.language)
  }
  return [
    vscode.l10n.t('version {0}, emulates {1}', short(binaryVersion ?? '?'), short(emulationVersion ?? '?')),
    ...(strategy === null ? [] : [vscode.l10n.t('strategy {0}', short(strategy))]),
    hasAnsweredPing(candidate)
      ? vscode.l10n.t('pinged {0}, renewed {1}', since(pingTime), since(renewTime))
      : vscode.l10n.t('pinged {0} without an answer, renewed {1}', since(pingTime), since(renewTime)),
  ]
}

/** Whom the API server would choose as the leader of a coordinated election, and by what. */
export function choiceText({ name, by }: CoordinatedChoice): string {
  return `${short(name)} (${reasonOf(by)})`
}

function reasonOf(by: CoordinatedChoice['by']): string {
  switch (by) {
    case 'only':
      return vscode.l10n.t('the only candidate that answers')
    case 'emulationVersion':
      return vscode.l10n.t('the oldest emulation version')
    case 'binaryVersion':
      return vscode.l10n.t('the oldest binary version of those with the oldest emulation version')
    case 'age':
      return vscode.l10n.t('the oldest LeaseCandidate of those with the oldest versions')
  }
}
