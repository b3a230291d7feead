import { describe, expect, it } from 'vitest'
import { CommandError, ExitCode } from '../../kubectl-plugin/exit-code.ts'
import { reportError } from '../../kubectl-plugin/output/report-error.ts'
import { ClusterError, type ClusterErrorKind } from '../../shared/cluster/errors.ts'
import { LockError } from '../../shared/locks/errors.ts'
import { fakeSession } from '../support/fake-session.ts'
import { verbatim } from '../../shared/phrase.ts'

describe('how an error ends a command', () => {
  it.each<[ClusterErrorKind, ExitCode]>([
    ['config', 2],
    ['unreachable', 3],
    ['timeout', 3],
    ['certificate', 3],
    ['unauthorized', 3],
    ['forbidden', 4],
    ['denied', 3],
    ['notFound', 3],
    ['conflict', 3],
    ['tooManyRequests', 3],
    ['server', 3],
    ['protocol', 3],
  ])('%s ends it with code %i', (kind, exitCode) => {
    const { session, stderr } = fakeSession()
    expect(reportError(session, new ClusterError(verbatim('It did not work.'), { kind }))).toBe(exitCode)
    expect(stderr()).toBe('Error: It did not work.\n')
  })

  it("uses the code of the command's own error", () => {
    const { session } = fakeSession()
    expect(reportError(session, new CommandError('No.', ExitCode.no))).toBe(ExitCode.no)
  })

  it('prints nothing after an interruption', () => {
    const { session, stderr, interrupt } = fakeSession()
    interrupt()
    expect(reportError(session, session.signal.reason)).toBe(ExitCode.interrupted)
    expect(stderr()).toBe('')
  })

  it('prints nothing if another error wraps the interruption', () => {
    const { session, stderr, interrupt } = fakeSession()
    interrupt()
    const wrapped = new LockError('unknown', 'Interrupted by SIGINT.', { cause: session.signal.reason })
    expect(reportError(session, wrapped)).toBe(ExitCode.interrupted)
    expect(stderr()).toBe('')
  })

  it('prints an error that has nothing to do with the interruption', () => {
    const { session, stderr, interrupt } = fakeSession()
    interrupt()
    const cause = new DOMException('Another signal was aborted.', 'AbortError')
    expect(reportError(session, new ClusterError(verbatim('The lease is not released.'), { kind: 'unreachable', cause }))).toBe(ExitCode.server)
    expect(stderr()).toBe('Error: The lease is not released.\n')
  })

  it('says how to get the stack of an unexpected error, and prints it on request', () => {
    const { session, stderr } = fakeSession()
    expect(reportError(session, new TypeError('x is undefined'))).toBe(ExitCode.server)
    expect(stderr()).toBe('Unexpected error (use -v 9 for the stack trace): x is undefined\n')
    reportError(session, new Error('outer', { cause: new Error('inner') }), { withStack: true })
    expect(stderr()).toMatch(/Error: outer\n\s+at .*Caused by: Error: inner\n\s+at /s)
  })

  it("prints no control characters of a server's message, and shortens it", () => {
    const { session, stderr } = fakeSession()
    reportError(session, new ClusterError(verbatim(`\u001b]0;title\u0007\nError: fake${'!'.repeat(100_000)}`), { kind: 'server' }))
    expect(stderr()).toMatch(/^Error: \\x1b\]0;title\\x07\\x0aError: fake!+…\n$/)
    expect(stderr().length).toBeLessThan(2_100)
  })

  it.each([
    { name: 'of one line', hint: '\nGet it.\n', expected: 'Error: It is missing. Get it.\n' },
    { name: 'of several lines', hint: '\nIt is missing:\r\n\n\tget \u001b[31mit\n', expected: 'Error: It is missing.\nIt is missing:\n\n    get \\x1b[31mit\n' },
  ])('prints the lines of an install hint, without control characters: $name', ({ hint, expected }) => {
    const { session, stderr } = fakeSession()
    reportError(session, new ClusterError(verbatim('It is missing.'), { kind: 'config', remedy: { kind: 'installPlugin', hint } }))
    expect(stderr()).toBe(expected)
  })
})
