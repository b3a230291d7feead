import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eventually, isGroupAlive, type Joined } from '../support/join-scene.ts'
import { JoinSuite, LEASE_MS } from '../support/join-suite.ts'

/** What becomes of a command, and of the lease, when `join` loses it, leaves, is stopped or is killed. */
const suite = new JoinSuite()

describe('losing the lease', () => {
  const lost = async (joined: Joined): Promise<void> => {
    await joined.told('command-exited')
    await joined.told('stopped-leading')
  }

  it.each([
    ['obeys', false],
    ['ignores SIGTERM', true],
  ])('to somebody else ends a command that %s, with all its children', async (_name, ignores) => {
    const joined = suite.joinJson('--', ...suite.scene.family('work', { ignores }))
    const { pid } = await joined.told('command-started')
    await suite.scene.familyRuns('work')
    const takenAtMs = Date.now()
    suite.plant('somebody-else', { leaseTransitions: 2 })
    const lastMs = await suite.scene.familyGone('work', Number(pid))
    await lost(joined)
    expect(lastMs - takenAtMs).toBeLessThan(LEASE_MS)
    expect(suite.stored()).toMatchObject({ holderIdentity: 'somebody-else' })
    expect(joined.types()).not.toContain('released')
    expect(joined.lines.find(({ type }) => type === 'stopped-leading')).toMatchObject({ reason: 'taken' })
  })

  it('with --once ends with 75', async () => {
    const joined = suite.joinJson('--once', '--', 'sleep', '1000')
    await joined.told('command-started')
    suite.plant('somebody-else', { leaseTransitions: 2 })
    expect(await joined.finished).toBe(75)
    expect(joined.types().slice(-2)).toEqual(['command-exited', 'stopped-leading'])
  })

  it('because nobody answers ends the command before the lease has run out', async () => {
    const joined = suite.joinJson('--', ...suite.scene.family('work', { ignores: true }))
    const { pid } = await joined.told('command-started')
    await suite.scene.familyRuns('work')
    const thaw = suite.sandbox.faults.freeze()
    const lastMs = await suite.scene.familyGone('work', Number(pid))
    const renewedAtMs = Date.parse(suite.stored()!.renewTime)
    expect(lastMs - renewedAtMs).toBeGreaterThan(2_000)
    expect(lastMs - renewedAtMs).toBeLessThan(LEASE_MS)
    thaw()
    await joined.told('started-leading', 2)
  })
})

describe('a join that is', () => {
  it.each([
    ['stopped', 'SIGSTOP'],
    ['killed', 'SIGKILL'],
  ] as const)('%s leaves nothing running when its lease runs out', async (_name, signal) => {
    const joined = suite.joinJson('--', ...suite.scene.family('work', { ignores: true }))
    const { pid } = await joined.told('command-started')
    await suite.scene.familyRuns('work')
    joined.kill(signal)
    const lastMs = await suite.scene.familyGone('work', Number(pid))
    const renewedAtMs = Date.parse(suite.stored()!.renewTime)
    expect(lastMs - renewedAtMs).toBeLessThan(LEASE_MS)
    expect(suite.stored()?.holderIdentity).not.toBe('')
  })

  it('stopped past its lease knows on waking that it does not lead', async () => {
    const joined = suite.joinJson('--once')
    await joined.told('started-leading')
    joined.kill('SIGSTOP')
    const heldBy = suite.stored()!.holderIdentity
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    const wokenAtMs = Date.now()
    joined.kill('SIGCONT')
    const { time, reason } = await joined.told('stopped-leading')
    expect(reason).toBe('deadline')
    expect(Date.parse(time) - wokenAtMs).toBeLessThan(LEASE_MS)
    expect(await joined.finished).toBe(75)
    expect(suite.stored()!.leaseTransitions).toBe(0)
    expect(heldBy).not.toBe('')
  })

  it.each([
    ['killed', 'SIGKILL'],
    ['stopped', 'SIGSTOP'],
  ] as const)('left without its watchdog (%s) ends the command, releases, and says so', async (_name, signal) => {
    const joined = suite.joinJson('--', ...suite.scene.family('work', { ignores: true }))
    const { pid } = await joined.told('command-started')
    await suite.scene.familyRuns('work')
    process.kill(joined.watchdogPid(), signal)
    expect(await joined.finished).toBe(125)
    expect(isGroupAlive(Number(pid))).toBe(false)
    expect(joined.stderr).toMatch(/^Error: The watchdog process was stopped or killed/m)
    expect(suite.stored()).toMatchObject({ holderIdentity: '' })
  })
})

describe('a watchdog that is killed', () => {
  it('while another leads ends join, which could not run the command', async () => {
    suite.plant('somebody-else')
    const joined = suite.joinJson('--', 'true')
    await joined.told('new-leader')
    process.kill(joined.watchdogPid(), 'SIGKILL')
    expect(await joined.finished).toBe(125)
    expect(suite.stored()).toMatchObject({ holderIdentity: 'somebody-else' })
  })
})

describe('Ctrl-C', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s leaves in good order: the command first, then the lease', async (signal, code) => {
    const joined = suite.joinJson('--', ...suite.scene.family('work'))
    const { pid } = await joined.told('command-started')
    await suite.scene.familyRuns('work')
    joined.kill(signal)
    expect(await joined.finished).toBe(code)
    expect(isGroupAlive(Number(pid))).toBe(false)
    expect(joined.types().slice(-3)).toEqual(['command-exited', 'stopped-leading', 'released'])
    expect(Date.parse(suite.stored()!.renewTime)).toBeGreaterThanOrEqual(suite.scene.lastSeenMs('work')!)
    expect(suite.stored()).toMatchObject({ holderIdentity: '' })
  })

  it("gives the command its grace period, keeps the lease meanwhile, and exits with the command's code", async () => {
    const joined = suite.joinJson('--', 'sh', '-c', `trap "sleep 3; exit 9" TERM; echo > ${suite.scene.file('ready')}; while :; do sleep 0.05; done`)
    await eventually('the command runs', () => existsSync(suite.scene.file('ready')))
    joined.kill('SIGINT')
    const interruptedAtMs = Date.now()
    await eventually('a renewal while it ends', () => Date.parse(suite.stored()!.renewTime) > interruptedAtMs + 1_000)
    expect(suite.stored()!.holderIdentity).not.toBe('')
    expect(await joined.finished).toBe(9)
    expect(suite.stored()!.holderIdentity).toBe('')
  })

  it('twice ends immediately, and leaves no command running', async () => {
    const joined = suite.joinJson('--', ...suite.scene.family('work', { ignores: true }))
    const { pid } = await joined.told('command-started')
    await suite.scene.familyRuns('work')
    joined.kill('SIGINT')
    // Sooner, it would be taken for the same request.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    const secondAtMs = Date.now()
    joined.kill('SIGINT')
    expect(await joined.finished).toBe(130)
    // Half of the time that the command has to end where nobody insists.
    expect((await suite.scene.familyGone('work', Number(pid))) - secondAtMs).toBeLessThan(10_000)
  })

  it('ends a standby with 130', async () => {
    suite.plant('somebody-else')
    const joined = suite.joinJson('--yes')
    await joined.told('new-leader')
    joined.kill('SIGINT')
    expect(await joined.finished).toBe(130)
    expect(suite.stored()).toMatchObject({ holderIdentity: 'somebody-else' })
  })

  it('with --no-release leaves the lease to run out', async () => {
    const joined = suite.joinJson('--no-release', '--id', 'me')
    await joined.told('started-leading')
    joined.kill('SIGINT')
    expect(await joined.finished).toBe(130)
    expect(suite.stored()).toMatchObject({ holderIdentity: 'me' })
  })
})
