import * as vscode from 'vscode'
import { harmless } from '../../shared/lease/index.ts'
import type { ElectionHandle, ElectionView } from '../clusters/election-handle.ts'
import { electionText } from '../words/election-text.ts'
import { spokenDuration } from '../words/durations.ts'
import { basisText, stateText } from '../words/states.ts'
import { translatedRecordWarnings } from '../words/warnings.ts'

const LONGEST = 1_000

/** The tooltip of an election, as Markdown, with its state at this moment. */
export function electionTooltip(handle: ElectionHandle, { election, status }: ElectionView): string {
  const { record } = election
  const text = markdownText
  const say = (message: string): string => vscode.l10n.t(message)
  const lines: (readonly [string, string])[] = [
    [say('Holder'), record.holderIdentity === '' ? say('none') : text(record.holderIdentity)],
    [say('State'), text(`${stateText(status.state)}, ${basisText(status.basis)}`)],
    [say('Lease duration'), record.leaseDurationSeconds === null ? say('none') : spokenDuration(record.leaseDurationSeconds * 1000)],
    [say('Transitions'), String(record.leaseTransitions)],
    [say('Acquired'), text(record.acquireTime ?? say('never'))],
    [say('Renewed'), text(record.renewTime ?? say('never'))],
  ]
  if (record.strategy !== null) lines.push([say('Strategy'), text(record.strategy)])
  const warnings = translatedRecordWarnings(election, status).map(({ message }) => `\n\n$(warning) ${text(message)}`)
  const table = lines.map(([heading, value]) => `| ${heading} | ${value} |`).join('\n')
  return `**${text(electionText(handle))}**\n\n| | |\n|---|---|\n${table}${warnings.join('')}`
}

/**
 * Text from a cluster as inert Markdown. Invisible characters, and those that change the text direction, are made visible.
 * Every character with a meaning in Markdown or HTML is escaped, so that the text contains no link, image or icon.
 */
export function markdownText(text: string): string {
  return harmless(text, LONGEST).replace(/[\\`*_{}[\]()#+\-.!|<>~&$:@/"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
