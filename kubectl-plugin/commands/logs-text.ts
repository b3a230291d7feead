import type { LogNotice } from '../../shared/actions/log-notice.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { reasonText, withAdvice } from '../output/advice.ts'

const LONGEST_TEXT = 300

/** What is said of a leader and its log, a line each; it goes to stderr, so that stdout is the log alone. */
export function noticeLines(notice: LogNotice): readonly string[] {
  switch (notice.type) {
    case 'leader':
      return leaderLines(notice)
    case 'notAPod':
      return [marked(`${shown(notice.identity)} leads, but is no Pod that could be found: ${shown(notice.because)}; waiting`)]
    case 'no-leader':
      return [marked(`${VACANT[notice.why]}; waiting for the next leader`)]
    case 'expired':
      return [
        marked(
          notice.basis === 'observed'
            ? `${shown(notice.identity)} has not renewed for its whole lease duration; waiting for the next leader`
            : `${shown(notice.identity)} seems not to have renewed for its whole lease duration: perhaps nobody leads`,
        ),
      ]
    case 'leadsAgain':
      return [marked(`${shown(notice.identity)} leads again`)]
    case 'notRunning':
      return [marked(`container ${shown(notice.source.container)} does not run${why(notice.reason)}; waiting`)]
    case 'restarted':
      return [marked(`container ${shown(notice.source.container)} was started again`)]
    case 'unreadable':
      return [marked(`the log can't be read, trying again: ${shown(withAdvice(notice))}`)]
    case 'disconnected':
      return [marked(`disconnected, who leads is not known, retrying: ${shown(reasonText(notice) ?? '')}`)]
    case 'connected':
      return [marked('connected again')]
  }
}

const VACANT = {
  free: 'nobody leads',
  released: 'released: nobody leads',
  deleted: 'the lease was deleted: nobody leads',
} as const

function leaderLines({ identity, pod, container, defaultedFrom, unseenTransitions }: Extract<LogNotice, { type: 'leader' }>): readonly string[] {
  const doubt = pod.confidence === 'exact' ? '' : ` (${pod.confidence}: ${pod.because})`
  const where = container === null ? '' : `, container ${shown(container)}`
  const missed = unseenTransitions === 0 ? '' : `, after ${unseenTransitions} that nobody saw`
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
