import { describe, expect, it } from 'vitest'
import { takeoverText } from '../../kubectl-plugin/join/confirmation.ts'
import { joinEventJson, joinEventLine, type JoinEvent } from '../../kubectl-plugin/join/join-events.ts'
import { joinExitCode, type JoinOutcome } from '../../kubectl-plugin/join/join-exit-code.ts'
import { commandDeadlines } from '../../shared/guard/deadlines.ts'
import type { FailoverResult } from '../../shared/actions/failover.ts'
import { timingsFor } from '../../shared/election/timings.ts'
import type { ElectionRecord } from '../../shared/lease/record.ts'

const RECORD: ElectionRecord = {
  holderIdentity: 'pod-a',
  leaseDurationSeconds: 60,
  leaseTransitions: 1,
  acquireTime: null,
  renewTime: null,
  strategy: null,
  preferredHolder: null,
}

describe('the timings to stand with', () => {
  const defaults = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 }

  it.each([
    ['nobody has run the election', {}, null, defaults],
    ['its holder has the same', {}, { ...RECORD, leaseDurationSeconds: 15 }, defaults],
    ['its holder has others', {}, RECORD, { leaseDurationMs: 60_000, renewDeadlineMs: 40_000, retryPeriodMs: 8_000 }],
    ['a flag says one of the others', { retryPeriodMs: 1_000 }, RECORD, { leaseDurationMs: 60_000, renewDeadlineMs: 40_000, retryPeriodMs: 1_000 }],
    ['a flag says otherwise', { leaseDurationMs: 30_000 }, RECORD, { ...defaults, leaseDurationMs: 30_000 }],
    ['it was released, for one second', {}, { ...RECORD, holderIdentity: '', leaseDurationSeconds: 1 }, defaults],
    ['its holder says no duration', {}, { ...RECORD, leaseDurationSeconds: 0 }, defaults],
    ['its holder says none that can be written', {}, { ...RECORD, leaseDurationSeconds: 2.5 }, defaults],
  ])('where %s', (_name, flags, record, expected) => {
    expect(timingsFor(flags, record)).toEqual(expected)
  })

  it('leave the command a fifth of the time on either side', () => {
    expect(commandDeadlines(defaults)).toEqual({ endAfterMs: 11_000, killAfterMs: 14_000 })
  })
})

describe('the exit code', () => {
  const own = { exitCode: 3, signal: null, wasTold: false } as const
  const obeyed = { exitCode: 3, signal: null, wasTold: true } as const
  const terminated = { exitCode: 143, signal: 'SIGTERM', wasTold: true } as const
  const standing = { interruptedCode: null, end: null } as const
  const interrupted = { interruptedCode: 130, end: null } as const
  const terminatedItself = { interruptedCode: 143, end: null } as const
  const cases: readonly (readonly [string, JoinOutcome, number])[] = [
    ['the command has ended', { ...standing, reason: 'work-ended', end: own }, 3],
    ['it had ended when leadership was lost', { ...standing, reason: 'taken', end: own }, 3],
    ['--once lost, and the command ended of it', { ...standing, reason: 'deadline', end: terminated }, 75],
    ['--once lost, and there was no command', { ...standing, reason: 'taken', end: null }, 75],
    ['--once has led for long enough', { ...standing, reason: 'max-hold', end: null }, 0],
    ['--once has run the command for long enough', { ...standing, reason: 'max-hold', end: terminated }, 143],
    ['it is interrupted without having led', { ...interrupted, reason: null }, 130],
    ['it is interrupted without a command', { ...interrupted, reason: 'stopped' }, 130],
    ['it is interrupted, and the command ends of the signal', { ...interrupted, reason: 'stopped', end: terminated }, 130],
    ['it is told to end by SIGTERM, and the command ends of it', { ...terminatedItself, reason: 'stopped', end: terminated }, 143],
    ['it is interrupted, and the command says how it ended', { ...interrupted, reason: 'stopped', end: obeyed }, 3],
    ['it is interrupted after an earlier term was lost', { ...interrupted, reason: 'taken', end: obeyed }, 130],
  ]
  it.each(cases)('where %s', (_name, candidacy, expected) => {
    expect(joinExitCode(candidacy)).toBe(expected)
  })
})

describe('an event', () => {
  const context = { wallMs: Date.UTC(2026, 0, 1, 12), identity: 'me', election: 'lease default/x' }
  const RESULT: FailoverResult = {
    ...{ outcome: 'moved', from: 'pod\u001b[2J', to: 'me', pod: null, abortion: null },
    ...{ leaderlessMs: 250, leaderlessAtLeastMs: 240, tookMs: 250 },
  }
  const cases: readonly (readonly [JoinEvent, string])[] = [
    [{ type: 'candidate' }, 'candidate          me joined lease default/x as a candidate'],
    [{ type: 'new-leader', leader: 'me' }, 'new-leader         me (this candidate)'],
    [{ type: 'new-leader', leader: 'me', isStranger: true }, 'new-leader         me (not this candidate: another process, or an earlier run, with the same identity)'],
    [{ type: 'new-leader', leader: 'x\u001b[2J' }, 'new-leader         x\\x1b[2J'],
    [{ type: 'started-leading', fencingToken: '7' }, 'started-leading    fencing token 7'],
    [{ type: 'stopped-leading', reason: 'taken' }, 'stopped-leading    another candidate holds the lease'],
    [{ type: 'released' }, 'released           there is no leader until another candidate acquires the lease'],
    [{ type: 'command-started', pid: 4 }, 'command-started    process 4'],
    [{ type: 'command-exited', exitCode: 3, signal: null }, 'command-exited     with code 3'],
    [{ type: 'command-exited', exitCode: 137, signal: 'SIGKILL' }, 'command-exited     by SIGKILL'],
    [{ type: 'nothing-to-take' }, 'nothing-to-take    lease default/x has no leader to take over from; waiting to acquire the lease'],
    [{ type: 'handed-over' }, 'handed-over        the lease was handed over to this candidate'],
    [{ type: 'result', result: RESULT }, 'result             leadership taken from pod\\x1b[2J; there was no leader for up to 0.25s'],
    [{ type: 'result', result: { ...RESULT, outcome: 'free' } }, 'result             leadership not taken'],
    [
      { type: 'result', result: { ...RESULT, outcome: 'aborted', abortion: { cause: 'interrupted', left: 'restored' } } },
      'result             leadership not taken: canceled and undone. pod\\x1b[2J has renewed the lease since, and is the leader again.',
    ],
    [{ type: 'error', reason: 'a\nb' }, 'error              a\\x0ab'],
  ]
  it.each(cases)('%j is one harmless line for people', (event, expected) => {
    expect(joinEventLine(event, context)).toBe(`2026-01-01T12:00:00.000Z  ${expected}`)
  })

  it('carries the result of taking leadership as failover tells it', () => {
    expect(JSON.parse(joinEventJson({ type: 'result', result: RESULT }, context))).toEqual({
      ...{ time: '2026-01-01T12:00:00.000Z', type: 'result', identity: 'me' },
      ...RESULT,
    })
  })

  it('is one object for programs', () => {
    expect(joinEventJson({ type: 'started-leading', fencingToken: '7' }, context)).toBe(
      '{"time":"2026-01-01T12:00:00.000Z","type":"started-leading","identity":"me","fencingToken":"7"}',
    )
  })
})

describe('what a person agrees to', () => {
  it.each([
    [600_000, /for at most 10m per term/],
    [0, /until you stop it/],
  ])('says for how long (%i ms), and whose work stops', (maxHoldMs, expected) => {
    const text = takeoverText({ election: 'lease default/x', holderIdentity: 'pod\u202ea', maxHoldMs, context: null, command: [] })
    expect(text).toMatch(expected)
    expect(text).toContain('held by pod\\u202ea')
  })

  it('names the context and the command, and says if the lease has no holder', () => {
    expect(takeoverText({ election: 'lease default/x', context: 'prod', holderIdentity: '', maxHoldMs: 0, command: ['sh', '-c', 'work\u202e'] })).toBe(
      'The election lease default/x in context prod has no holder. While this candidate is the leader, the other candidates do no work, and ' +
        'this one runs sh -c work\\u202e, until you stop it.',
    )
  })
})
