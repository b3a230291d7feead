import * as vscode from 'vscode'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Status } from '../../shared/lease/status.ts'
import { timestampMs } from '../../shared/lease/timestamp.ts'
import type { ElectionHandle, ElectionView } from '../clusters/election-handle.ts'
import { electionText } from '../words/election-text.ts'
import { spokenDuration } from '../words/durations.ts'
import { basisText, stateText } from '../words/states.ts'
import { translatedRecordWarnings } from '../words/warnings.ts'

const LONGEST = 1_000

/** The commands that a tooltip links to. */
export const LINKED_COMMANDS = ['timeline', 'describe', 'followLogs', 'failOver', 'join'].map((name) => `kubectlLeader.${name}`)

/** The tooltip of an election, as Markdown, with its state at this moment. */
export function electionTooltip(handle: ElectionHandle, { election, status }: ElectionView, nowMs: number): string {
  const { record } = election
  const text = markdownText
  const say = (message: string): string => vscode.l10n.t(message)
  const lines: (readonly [string, string])[] = [
    [say('Holder'), record.holderIdentity === '' ? say('none') : text(record.holderIdentity)],
    [say('State'), text(`${stateText(status.state)}, ${basisText(status.basis)}`)],
    [say('Lease duration'), record.leaseDurationSeconds === null ? say('none') : spokenDuration(record.leaseDurationSeconds * 1000)],
    [say('Transitions'), String(record.leaseTransitions)],
    [say('Acquired'), text(timeText(record.acquireTime, nowMs))],
    [say('Renewed'), text(renewedText(status, record.renewTime, nowMs))],
    ...expiryLine(status),
  ]
  if (record.strategy !== null) lines.push([say('Strategy'), text(record.strategy)])
  const warnings = translatedRecordWarnings(election, status).map(({ message }) => `\n\n$(warning) ${text(message)}`)
  const table = lines.map(([heading, value]) => `| ${heading} | ${value} |`).join('\n')
  return `**${text(electionText(handle))}**\n\n| | |\n|---|---|\n${table}${warnings.join('')}\n\n${links(handle, election, status)}`
}

/** A time of the record, by the clock of its holder, in local time. */
function timeText(timestamp: string | null, nowMs: number): string {
  if (timestamp === null) return vscode.l10n.t('never')
  const ms = timestampMs(timestamp)
  if (ms === null) return timestamp
  const time = new Date(ms).toLocaleString(vscode.env.language)
  return ms > nowMs ? vscode.l10n.t('{0}, in {1}', time, spokenDuration(ms - nowMs)) : vscode.l10n.t('{0}, {1} ago', time, spokenDuration(nowMs - ms))
}

/** When the lease was renewed. What was not observed is told as such. */
function renewedText({ basis, unchangedForMs, isChangeSeen }: Status, renewTime: string | null, nowMs: number): string {
  if (basis === 'recorded' || unchangedForMs === null) return timeText(renewTime, nowMs)
  if (isChangeSeen) return vscode.l10n.t('{0} ago', spokenDuration(unchangedForMs))
  return vscode.l10n.t('not observed in {0}; recorded: {1}', spokenDuration(unchangedForMs), timeText(renewTime, nowMs))
}

function expiryLine({ expiresInMs }: Status): (readonly [string, string])[] {
  if (expiresInMs === null) return []
  const text = spokenDuration(Math.abs(expiresInMs))
  return [[vscode.l10n.t('Expires'), markdownText(expiresInMs > 0 ? vscode.l10n.t('in {0}', text) : vscode.l10n.t('{0} ago', text))]]
}

function links(handle: ElectionHandle, { category, record }: ElectionView['election'], { state }: Status): string {
  const argument = encodeURIComponent(JSON.stringify([handle.id]))
  const link = (title: string, command: string): string => `[${title}](command:kubectlLeader.${command}?${argument})`
  const isDriven = category === 'election' && record.strategy === null
  const isHeld = record.holderIdentity !== '' && state !== 'blocked'
  return [
    link(vscode.l10n.t('Timeline'), 'timeline'),
    link(vscode.l10n.t('Describe'), 'describe'),
    ...(isHeld ? [link(vscode.l10n.t('Follow Logs'), 'followLogs')] : []),
    ...(isDriven && isHeld ? [link(vscode.l10n.t('Fail Over'), 'failOver')] : []),
    ...(isDriven ? [link(vscode.l10n.t('Join'), 'join')] : []),
  ].join(' · ')
}

/**
 * Text from a cluster as inert Markdown. Invisible characters, and those that change the text direction, are made visible.
 * Every character with a meaning in Markdown or HTML is escaped, so that the text contains no link, image or icon.
 */
export function markdownText(text: string): string {
  return harmless(text, LONGEST).replace(/[\\`*_{}[\]()#+\-.!|<>~&$:@/"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
