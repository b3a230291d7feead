import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eventually, isGroupAlive, type Joined } from '../support/join-scene.ts'
import { JoinSuite, LEASE_MS } from '../support/join-suite.ts'

/** What signals do to `join`, and to the command that it runs. */

const suite = new JoinSuite()

/** A command that writes down each of these signals, and goes on. */
function noting(signals: readonly string[]): readonly string[] {
  const traps = signals.map((signal) => `trap 'echo ${signal} >> ${suite.scene.file('noted')}' ${signal}`)
  return ['sh', '-c', `${traps.join('; ')}; echo ready >> ${suite.scene.file('noted')}; while :; do sleep 0.02; done`]
}

function noted(): readonly string[] {
  return existsSync(suite.scene.file('noted')) ? readFileSync(suite.scene.file('noted'), 'utf8').trim().split('\n') : []
}

async function leading(...args: readonly string[]): Promise<{ readonly joined: Joined; readonly group: number }> {
  const joined = suite.joinJson('--once', ...args)
  const { pid } = await joined.told('command-started')
  return { joined, group: Number(pid) }
}

describe('join ends its command, releases, and has the code of', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGQUIT', 131],
  ] as const)('%s', async (signal, code) => {
    const { joined, group } = await leading('--', 'sleep', '1000')
    joined.kill(signal)
    expect(await joined.finished).toBe(code)
    expect(joined.types()).toContain('released')
    expect(joined.stderr).toBe('')
    expect(isGroupAlive(group)).toBe(false)
    expect(suite.stored()).toMatchObject({ holderIdentity: '' })
  })

  it('SIGINT, and says that the release was not confirmed, if the API server does not answer', async () => {
    const { joined, group } = await leading('--', 'sleep', '1000')
    const thaw = suite.sandbox.faults.freeze()
    joined.kill('SIGINT')
    expect(await joined.finished).toBe(130)
    thaw()
    expect(isGroupAlive(group)).toBe(false)
    expect(joined.types()).not.toContain('released')
    expect(joined.lines.at(-1)).toMatchObject({
      type: 'error',
      reason: expect.stringMatching(/^The release of the lease was not confirmed\. If the lease was not released, it expires on its own within \d+s\.$/) as unknown,
    })
  })

  it.each([
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ] as const)('%s, where no command is given', async (signal, code) => {
    const joined = suite.joinJson()
    await joined.told('started-leading')
    joined.kill(signal)
    expect(await joined.finished).toBe(code)
    expect(suite.stored()).toMatchObject({ holderIdentity: '' })
  })

  it("the command's own, where it takes its leave", async () => {
    const { joined } = await leading('--', 'sh', '-c', `trap 'exit 7' TERM; echo ready > ${suite.scene.file('noted')}; while :; do sleep 0.02; done`)
    await eventually('the command runs', () => noted().length > 0)
    joined.kill('SIGQUIT')
    expect(await joined.finished).toBe(7)
  })
})

it.each(['SIGINT', 'SIGTERM', 'SIGQUIT'] as const)('%s that comes twice in a moment is one request', async (signal) => {
  const { joined } = await leading('--', 'sh', '-c', `trap 'sleep 0.3; exit 7' TERM; echo ready > ${suite.scene.file('noted')}; while :; do sleep 0.02; done`)
  await eventually('the command runs', () => noted().length > 0)
  joined.kill(signal)
  setTimeout(() => joined.kill(signal), 5)
  expect(await joined.finished).toBe(7)
  expect(joined.stderr).not.toContain('Received')
  expect(suite.stored()).toMatchObject({ holderIdentity: '' })
})

it('a second signal that is meant kills the command, keeps the lease, and says so', async () => {
  const { joined, group } = await leading('--', ...noting(['TERM']))
  await eventually('the command runs', () => noted().includes('ready'))
  joined.kill('SIGTERM')
  await eventually('the command is told to end', () => noted().includes('TERM'))
  joined.kill('SIGINT')
  expect(await joined.finished).toBe(130)
  expect(joined.stderr).toContain(`Received SIGINT after SIGTERM. Exiting immediately. The command is killed. The lease is not released: it expires on its own within ${LEASE_MS / 1_000}s.\n`)
  await eventually('the command is gone', () => !isGroupAlive(group))
  expect(suite.stored()?.holderIdentity).not.toBe('')
})

it('SIGHUP, SIGUSR1, SIGUSR2 and SIGWINCH are passed to the command, and open no debugger', async () => {
  const signals = ['HUP', 'USR1', 'USR2', 'WINCH']
  const { joined } = await leading('--', ...noting(signals))
  await eventually('the command runs', () => noted().includes('ready'))
  for (const [index, signal] of signals.entries()) {
    joined.kill(`SIG${signal}` as NodeJS.Signals)
    await eventually(`the command has heard ${signal}`, () => noted().length === index + 2)
  }
  expect(noted()).toEqual(['ready', ...signals])
  joined.kill('SIGTERM')
  expect(await joined.finished).toBe(143)
  expect(joined.stderr).toBe('')
})

it('SIGUSR1 does nothing to a standby and to its watchdog', async () => {
  suite.plant('other', { leaseDurationSeconds: 600 })
  const joined = suite.join('-o', 'json', '--', 'true')
  await joined.told('new-leader')
  process.kill(joined.watchdogPid(), 'SIGUSR1')
  joined.kill('SIGUSR1')
  joined.kill('SIGTERM')
  expect(await joined.finished).toBe(143)
  expect(joined.stderr).toBe('')
})

it('a join that was stopped past its lease says nothing of a command that cannot be killed', async () => {
  const joined = suite.joinJson('--', 'sleep', '1000')
  const { pid } = await joined.told('command-started')
  joined.kill('SIGSTOP')
  await eventually('the watchdog has ended the command', () => !isGroupAlive(Number(pid)))
  joined.kill('SIGCONT')
  await joined.told('command-started', 2)
  expect(joined.lines.filter(({ type }) => type === 'error')).toEqual([])
  expect(joined.stderr).toBe('')
})

describe('nothing is written, and the code is 2, where the command is', () => {
  it.each([
    ['missing', ['--'], 'No command after "--". Pass one, or leave out "--". No changes were made.'],
    ['empty', ['--', ''], 'The command after "--" is an empty string. Pass the name of a program. No changes were made.'],
    ['empty, and has arguments', ['--', '', '--verbose'], 'The command after "--" is an empty string. Pass the name of a program. No changes were made.'],
  ])('%s', async (_name, args, said) => {
    const joined = suite.join(...args)
    expect(await joined.finished).toBe(2)
    expect(joined.stderr).toBe(`Error: ${said}\n`)
    expect(suite.stored()).toBeUndefined()
  })
})
