import { describe, expect, it } from 'vitest'
import { judge, pulseOf, type Disturbance, type Ending, type Evidence, type Pulse } from './interruptions/judge.ts'

const LOST = 'Error: The watchdog process was stopped or killed. The running command was killed, and no new command can start.'
const UNREACHABLE = 'Error: http://127.0.0.1:1 refused the connection.'

/** A process of the command of `candidate`, in its term `token`. */
function pulse(candidate: string, token: number, [firstMs, lastMs]: readonly [number, number], other: Partial<Pulse> = {}): Pulse {
  return { election: 'e', candidate, token: String(token), pid: firstMs + 1, firstMs, lastMs, ...other }
}

function verdict(evidence: Partial<Evidence>): string[] {
  return judge({ elections: ['e'], pulses: [pulse('z', 1, [0, 1])], endings: [], leftovers: [], leaderless: [], ...evidence })
}

describe('commands that run at once', () => {
  it.each<[string, number, Pulse[]]>([
    ['of two candidates, for a moment', 1, [pulse('a', 1, [0, 100]), pulse('b', 2, [99.9, 200])]],
    ['of two candidates, at the very same moment', 1, [pulse('a', 1, [0, 100]), pulse('b', 2, [100, 200])]],
    ['one within the other', 1, [pulse('a', 1, [0, 500]), pulse('b', 2, [100, 200])]],
    ['a child that outlived its parent, and the next command', 1, [pulse('a', 1, [0, 100]), pulse('a', 1, [10, 300]), pulse('b', 2, [200, 400])]],
    ['one that outlived two terms', 2, [pulse('a', 1, [0, 900]), pulse('b', 2, [100, 200]), pulse('c', 3, [300, 400])]],
    ['of two terms of one candidate', 1, [pulse('a', 1, [0, 100]), pulse('a', 2, [50, 200])]],
    ['told of in any order', 1, [pulse('b', 2, [50, 200]), pulse('a', 1, [0, 100])]],
  ])('%s', (_name, count, pulses) => {
    expect(verdict({ pulses })).toHaveLength(count)
  })

  it.each<[string, Pulse[]]>([
    ['one after the other', [pulse('a', 1, [0, 100]), pulse('b', 2, [100.1, 200]), pulse('a', 3, [200.1, 300])]],
    ['a command and its child', [pulse('a', 1, [0, 100]), pulse('a', 1, [10, 120])]],
    ['of two elections', [pulse('a', 1, [0, 100]), pulse('b', 2, [50, 200], { election: 'f' })]],
  ])('but not %s', (_name, pulses) => {
    expect(verdict({ elections: ['e'], pulses })).toEqual([])
  })
})

describe('how a join ended', () => {
  const ended = (exit: Ending['exit'], disturbances: readonly Disturbance[], stderr = '', told: Partial<Ending> = {}): string[] =>
    verdict({ endings: [{ candidate: 'a', exit, stderr, hasBegun: true, reasons: ['stopped'], disturbances, ...told }] })
  const by = (kind: Disturbance['kind'], durationMs = 0): Disturbance => ({ kind, durationMs })

  it.each<[string, Ending['exit'], Disturbance[], string, Partial<Ending>?]>([
    ['its watchdog was taken for lost, and nothing had been done', 125, [], LOST],
    ['the same, after its watchdog was stopped for a short time', 125, [by('stop-watchdog', 350)], LOST],
    ['the same, though a command had to end', 125, [by('stop-watchdog', 350), by('terminate-join')], LOST],
    ['the same, after its watchdog was stopped, while its command could go on', 125, [by('stop-watchdog', 4_800)], LOST],
    ['the same, after join was stopped for long', 125, [by('stop-join', 6_000)], LOST],
    ['the same, after an outage', 125, [by('outage', 3_000), by('cut', 6_000)], LOST],
    ['it could not begin, although the server was there', 125, [by('stop-join', 100)], UNREACHABLE],
    ['it was killed by another', 'SIGKILL', [by('kill-watchdog')], ''],
    ['it ended with the code of its command, which nobody had told to end', 137, [by('stop-watchdog', 3_000)], ''],
    ['it crashed when it was told to end', 1, [by('terminate-join')], 'TypeError'],
    ['it did not hear that it was told to end', 'SIGTERM', [by('terminate-join')], ''],
    ['it was told to end by another', 'SIGTERM', [by('stop-join', 10)], '', { hasBegun: false }],
  ])('is wrong where %s', (_name, exit, disturbances, stderr, told) => {
    expect(ended(exit, disturbances, stderr, told)).toHaveLength(1)
  })

  it.each<[string, Ending['exit'], Disturbance[], string, Partial<Ending>?]>([
    ['its watchdog was killed', 125, [by('kill-watchdog')], LOST],
    ['its watchdog was stopped for long', 125, [by('stop-join', 100), by('stop-watchdog', 6_000)], LOST],
    ['its watchdog was stopped, and it was told to end', 125, [by('stop-watchdog', 600), by('terminate-join')], LOST],
    ['its watchdog was stopped, and its lease was lost', 125, [by('stop-watchdog', 600), by('cut', 3_000)], LOST, { reasons: ['deadline'] }],
    ['it could not begin, since the server was gone', 125, [by('outage')], UNREACHABLE],
    ['it was killed', 'SIGKILL', [by('kill-join')], ''],
    ['it was told to end', 130, [by('terminate-join')], ''],
    ['it was told to end, and its command ended well', 0, [by('terminate-join')], ''],
    ['it was told to end before it could hear it', 'SIGTERM', [by('terminate-join')], '', { hasBegun: false }],
  ])('is right where %s', (_name, exit, disturbances, stderr, told) => {
    expect(ended(exit, disturbances, stderr, told)).toEqual([])
  })
})

it('is judged by processes left behind, by a leader, and by a command in each election', () => {
  expect(verdict({ leftovers: ['17 node __watchdog'] })).toHaveLength(1)
  expect(verdict({ leaderless: ['e'] })).toHaveLength(1)
  expect(verdict({ pulses: [] })).toHaveLength(1)
  expect(verdict({})).toEqual([])
})

describe('a journal', () => {
  const about = '{"election":"e","candidate":"a","token":"7","pid":9}\n'

  it('says when its process ran, also where that was killed', () => {
    const pulse = { election: 'e', candidate: 'a', token: '7', pid: 9, firstMs: 1_000.5 }
    expect(pulseOf(`${about}start 1000500000\nalive 1005500000\nend 1010500000\n`)).toEqual({ ...pulse, lastMs: 1_010.5 })
    expect(pulseOf(`${about}start 1000500000\nalive 1005500000\nali`)).toEqual({ ...pulse, lastMs: 1_005.5 })
    expect(pulseOf(`${about}start 1000500000\n`)).toEqual({ ...pulse, lastMs: 1_000.5 })
  })

  it('is none where its process was killed before', () => {
    expect(pulseOf('')).toBeNull()
    expect(pulseOf(about)).toBeNull()
  })
})
