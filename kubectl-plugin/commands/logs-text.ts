import type { LogNotice } from '../../shared/actions/log-notice.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { reasonText, retryText } from '../output/advice.ts'

const LONGEST_TEXT = 300

/** Notices about the leader and its log, one per line. They go to stderr, so that stdout contains only the log. */
export function noticeLines(notice: LogNotice): readonly string[] {
  switch (notice.type) {
    case 'leader':
      return leaderLines(notice)
    case 'notAPod':
      return [marked(`${shown(notice.identity)} is the leader, but its Pod was not found: ${shown(notice.because.text)}; waiting`)]
    case 'no-leader':
      return [marked(`${NO_LEADER[notice.why]}; waiting for the next leader`)]
    case 'expired':
      return [
        marked(
          notice.basis === 'observed'
            ? `the lease of ${shown(notice.identity)} expired; waiting for the next leader`
            : `the lease of ${shown(notice.identity)} appears to have expired, according to its timestamps; there may be no leader`,
        ),
      ]
    case 'leadsAgain':
      return [marked(`${shown(notice.identity)} is the leader again`)]
    case 'notRunning':
      return [marked(`container ${shown(notice.source.container)} is not running${why(notice.reason)}; waiting`)]
    case 'restarted':
      return [marked(`container ${shown(notice.source.container)} was restarted`)]
    case 'unreadable':
      return [marked(`cannot read the log, retrying: ${shown(retryText(notice))}`)]
    case 'disconnected':
      return [marked(`connection lost, the leader is unknown; retrying: ${shown(reasonText(notice) ?? '')}`)]
    case 'connected':
      return [marked('reconnected')]
  }
}

const NO_LEADER = {
  free: 'no leader',
  released: 'lease released, no leader',
  deleted: 'lease deleted, no leader',
} as const

function leaderLines({ identity, pod, container, defaultedFrom, unseenTransitions }: Extract<LogNotice, { type: 'leader' }>): readonly string[] {
  const doubt = pod.confidence === 'exact' ? '' : ` (${pod.confidence}: ${pod.because.text})`
  const where = container === null ? '' : `, container ${shown(container)}`
  const missed = unseenTransitions === 0 ? '' : `, after ${unseenTransitions} unobserved ${unseenTransitions === 1 ? 'transition' : 'transitions'}`
  return [
    ...(defaultedFrom && container !== null ? [`Defaulted container "${shown(container)}" out of: ${defaultedFrom.map(shown).join(', ')}`] : []),
    marked(`leader: ${shown(identity)}${missed}, pod ${shown(pod.namespace)}/${shown(pod.name)}${doubt}${where}`),
  ]
}

function why(reason: string | null): string {
  return reason === null ? '' : ` (${shown(reason)})`
}

function marked(text: string): string {
  return `==> ${text} <==`
}

function shown(text: string): string {
  return harmless(text, LONGEST_TEXT)
}
