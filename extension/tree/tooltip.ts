import { recordWarnings } from '../../shared/lease/warnings.ts'
import type { ElectionView } from '../clusters/election-handle.ts'
import { markdownText } from './markdown.ts'

/** The words of a tooltip, in the person's language. */
export type Say = (message: string, ...values: string[]) => string

/** What the pointer shows of an election, as Markdown. Times are those of the moment at which it is shown. */
export function electionTooltip({ election, status }: ElectionView, say: Say): string {
  const { record } = election
  const text = markdownText
  const lines: (readonly [string, string])[] = [
    [say('Holder'), record.holderIdentity === '' ? say('nobody') : text(record.holderIdentity)],
    [say('State'), `${status.state} (${status.basis === 'observed' ? say('observed') : say("recorded, by the holder's clock")})`],
    [say('Lease duration'), record.leaseDurationSeconds === null ? say('none') : `${record.leaseDurationSeconds} s`],
    [say('Transitions'), String(record.leaseTransitions)],
    [say('Acquired'), text(record.acquireTime ?? say('never'))],
    [say('Renewed'), text(record.renewTime ?? say('never'))],
  ]
  if (record.strategy !== null) lines.push([say('Strategy'), text(record.strategy)])
  const warnings = recordWarnings(election, status).map(({ message }) => `\n\n$(warning) ${text(message)}`)
  const table = lines.map(([heading, value]) => `| ${heading} | ${value} |`).join('\n')
  return `**${text(`${election.namespace}/${election.name}`)}**\n\n| | |\n|---|---|\n${table}${warnings.join('')}`
}
