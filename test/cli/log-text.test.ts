import { describe, expect, it } from 'vitest'
import type { LogNotice } from '../../shared/actions/log-notice.ts'
import { noticeLines } from '../../kubectl-plugin/commands/logs-text.ts'
import { terminalLogText } from '../../kubectl-plugin/output/log-text.ts'
import { LogWriter, type LogStyle } from '../../kubectl-plugin/output/log-writer.ts'
import { fakeSession } from '../support/fake-session.ts'
import { verbatim } from '../../shared/phrase.ts'

const ESC = '\u001b'

describe('a line on a terminal', () => {
  it.each([
    ['ordinary text', 'reconciled 3 objects', 'reconciled 3 objects'],
    ['a tab', 'a\tb', 'a\tb'],
    ['JSON with escapes, as it is', '{"a":"\\u003cb\\x1b"}', '{"a":"\\u003cb\\x1b"}'],
    ['a colour, and no further than its line', `${ESC}[1;31mred`, `${ESC}[1;31mred${ESC}[0m`],
    ['what clears the screen', `${ESC}[2Jx`, '\\x1b[2Jx'],
    ['what sets the title', `${ESC}]0;evil\u0007`, '\\x1b]0;evil\\x07'],
    ['what asks for an answer', `${ESC}[6n`, '\\x1b[6n'],
    ['a C1 control', '\u009b2J', '\\x9b2J'],
    ['what overwrites the line', 'all is well\rEVIL', 'all is well\\x0dEVIL'],
    ['the line end of Windows', 'a\r', 'a'],
    ['what turns the text round', 'a\u202eb', 'a\\u202eb'],
  ])('%s', (_name, text, expected) => {
    expect(terminalLogText(text, true)).toBe(expected)
  })

  it('has no colour where none is wanted', () => {
    expect(terminalLogText(`${ESC}[31mred${ESC}[0m`, false)).toBe('red')
  })
})

describe('what is written of a log', () => {
  const SOURCE = { namespace: 'n', pod: 'p', container: 'c' }
  const PLAIN: LogStyle = { hasPrefix: false, hasTimestamps: false, isTerminal: false, isColored: false }
  async function written(style: Partial<LogStyle>, ...parts: readonly (string | null)[]): Promise<string> {
    const { session, stdout } = fakeSession()
    const writer = new LogWriter(session.stdout, { ...PLAIN, ...style })
    let isStart = true
    for (const part of parts) {
      if (part === null) {
        writer.endLine()
        isStart = true
        continue
      }
      await writer.write({ bytes: Buffer.from(part), isStart, timestamp: isStart ? 'T' : null }, SOURCE)
      isStart = part.endsWith('\n')
    }
    return stdout()
  }
  it.each([
    ['the bytes', {}, [`${ESC}[2Ja\r\n`, 'b'], `${ESC}[2Ja\r\nb`],
    ['a prefix and a time once a line', { hasPrefix: true, hasTimestamps: true }, ['a', 'b\n', 'c\n'], '[pod/p/c] T ab\n[pod/p/c] T c\n'],
    ['harmless lines, on a terminal', { isTerminal: true }, [`${ESC}[2J\n`, '\n'], '\\x1b[2J\n\n'],
    ['the end of a line that has none, before something else is said', {}, ['a', null, 'b\n', null], 'a\nb\n'],
  ])('%s', async (_name, style, parts, expected) => {
    expect(await written(style, ...parts)).toBe(expected)
  })
})

describe('what is said of a leader', () => {
  const pod = { namespace: 'n', name: 'p', confidence: 'exact', because: verbatim('the identity names the Pod') } as const
  const leader = { type: 'leader', identity: 'p_1', pod, container: 'app', defaultedFrom: null, unseenTransitions: 0 } as const
  it.each<[LogNotice, readonly string[]]>([
    [leader, ['==> leader: p_1, pod n/p, container app <==']],
    [{ ...leader, unseenTransitions: 2, container: null }, ['==> leader: p_1, after 2 unobserved transitions, pod n/p <==']],
    [
      { ...leader, defaultedFrom: ['app', 'setup (init)'], pod: { ...pod, confidence: 'derived', because: verbatim('a guess') } },
      ['Defaulted container "app" out of: app, setup (init)', '==> leader: p_1, pod n/p (derived: a guess), container app <=='],
    ],
    [{ ...leader, identity: `${ESC}[2J` }, ['==> leader: \\x1b[2J, pod n/p, container app <==']],
    [{ type: 'no-leader', why: 'released' }, ['==> lease released, no leader; waiting for the next leader <==']],
    [{ type: 'expired', identity: 'p', basis: 'recorded' }, ['==> the lease of p appears to have expired, according to its timestamps; there may be no leader <==']],
    [{ type: 'unreadable', message: 'why' }, ['==> cannot read the log, retrying: why <==']],
    [{ type: 'notAPod', identity: 'x', because: verbatim('y') }, ['==> x is the leader, but its Pod was not found: y; waiting <==']],
  ])('%j', (notice, expected) => {
    expect(noticeLines(notice)).toEqual(expected)
  })
})
