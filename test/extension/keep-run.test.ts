import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { KeepRun } from '../../extension/debug/keep-run.ts'
import { ProgramStops } from '../../extension/debug/keep-stops.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { planKeep } from '../../shared/keep/keep-election.ts'
import type { KeepEvent } from '../../shared/keep/keeper.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { connectTo } from '../support/sandbox-client.ts'

/** What is said in a session: `>` by VS Code, `<` by the debugger, `!` the session ends. */
type Said = readonly [session: string, what: string]

function heard(said: readonly Said[]): string[] {
  const told: string[] = []
  const stops = new ProgramStops({
    onStopped: () => told.push('stopped'),
    onResuming: () => told.push('resuming'),
    onResumed: () => told.push('resumed'),
    onRestarting: () => told.push('restarting'),
    onProcess: (pid) => told.push(`process ${pid}`),
  })
  for (const [id, what] of said) {
    const tracker = stops.tracker({ id })
    const [, direction, name, rest = ''] = /^([<>!])(\w*) ?(.*)$/.exec(what)!
    if (direction === '!') stops.ended(id)
    if (direction === '>') tracker.onWillReceiveMessage?.({ type: 'request', seq: 1, command: name, arguments: {} })
    if (direction === '<') tracker.onDidSendMessage?.({ type: 'event', seq: 1, event: name, body: rest === '' ? {} : (JSON.parse(rest) as object) })
  }
  return told
}

describe('whether a program is stopped, by what its debuggers say', () => {
  it.each<[string, readonly Said[], readonly string[]]>([
    ['a breakpoint', [['go', '<stopped {"reason":"breakpoint","allThreadsStopped":true}'], ['go', '>threads'], ['go', '>evaluate'], ['go', '>continue'], ['go', '<continued']], ['stopped', 'resuming']],
    ['a step', [['go', '<stopped'], ['go', '>next'], ['go', '<stopped'], ['go', '>stepIn'], ['go', '<stopped']], ['stopped', 'resuming', 'stopped', 'resuming', 'stopped']],
    ...['next', 'stepIn', 'stepOut', 'stepBack', 'reverseContinue', 'goto', 'restartFrame', 'disconnect', 'terminate'].map(
      (command): [string, readonly Said[], readonly string[]] => [command, [['go', '<stopped'], ['go', `>${command}`]], ['stopped', 'resuming']],
    ),
    ['a restart', [['go', '<stopped'], ['go', '>restart'], ['go', '<process {"name":"x","systemProcessId":12}']], ['stopped', 'resuming', 'restarting', 'process 12']],
    ['a restart of a program that runs', [['go', '>restart']], ['restarting']],
    ['a debugger that resumes by itself', [['go', '<stopped'], ['go', '<continued']], ['stopped', 'resumed']],
    ['one that ends', [['go', '<stopped'], ['go', '<terminated'], ['go', '!']], ['stopped', 'resumed']],
    ['a session that is gone', [['go', '<stopped'], ['go', '!']], ['stopped', 'resumed']],
    [
      'JavaScript: a child session, and never a stop of all threads',
      [['parent', '<output'], ['child', '<stopped {"reason":"breakpoint","allThreadsStopped":false}'], ['parent', '>threads'], ['child', '>continue']],
      ['stopped', 'resuming'],
    ],
    ['two sessions that stop', [['a', '<stopped'], ['b', '<stopped'], ['a', '>continue'], ['b', '>continue']], ['stopped', 'resuming']],
    ['Java: more than one thread', [['java', '<stopped {"threadId":1}'], ['java', '<stopped {"threadId":2}'], ['java', '>continue']], ['stopped', 'resuming']],
    ['what is not a process id', [['go', '<process {"systemProcessId":"12"}'], ['go', '<process']], []],
  ])('%s', (_, said, told) => {
    expect(heard(said)).toEqual(told)
  })

  it('messages of any form are read', () => {
    const tracker = new ProgramStops({ onStopped() {}, onResuming() {}, onResumed() {}, onRestarting() {}, onProcess() {} }).tracker({ id: 'x' })
    for (const message of [{}, { type: 'event' }, { type: 'event', event: 'process', body: null }, { type: 'request', command: 7 }]) {
      tracker.onWillReceiveMessage?.(message)
      tracker.onDidSendMessage?.(message)
    }
  })
})

describe('keep mode of a debug session', () => {
  const LEASES = 'leases.coordination.k8s.io'
  let sandbox: Sandbox
  let client: ApiClient
  let program: ChildProcess
  let names = 0
  let name: string
  let renewals: NodeJS.Timeout
  let renewed = 0

  beforeAll(async () => {
    sandbox = await startSandbox()
    client = await connectTo(sandbox)
  })
  afterAll(async () => {
    client.close()
    await sandbox.close()
  })
  beforeEach(() => {
    name = `election-${++names}`
    program = spawn('sleep', ['120'])
    startRenewing()
  })
  afterEach(() => {
    clearInterval(renewals)
    program.kill('SIGKILL')
  })

  function startRenewing(): void {
    renewals = setInterval(renew, 300)
    renew()
  }

  function renew(): void {
    renewed += 1
    const renewTime = new Date(systemClock.wallMs()).toISOString().replace('Z', '000Z')
    sandbox.plant(LEASES, {
      metadata: { namespace: 'default', name },
      spec: { holderIdentity: 'program', leaseDurationSeconds: 10, leaseTransitions: 1, acquireTime: '2026-01-01T00:00:00.000000Z', renewTime },
    })
  }

  const times = async (count: number): Promise<void> => {
    const until = renewed + count
    await expect.poll(() => renewed, { timeout: 30_000 }).toBeGreaterThanOrEqual(until)
  }
  const holder = (): unknown => (sandbox.peek(LEASES, 'default', name) as { spec: { holderIdentity: string } }).spec.holderIdentity

  async function start(identity: string | null): Promise<{ run: KeepRun; events: KeepEvent[]; told: (type: KeepEvent['type']) => Promise<void>; say: (what: string, body?: object) => void }> {
    const place = { lock: 'lease', namespace: 'default', name } as const
    const plan = await planKeep(client, { place, identity }, new AbortController().signal)
    const events: KeepEvent[] = []
    const run = new KeepRun({ client, clock: systemClock, plan, maxHoldMs: 0, actor: 'test', isLocal: true, onEvent: (event) => events.push(event) })
    const tracker = run.tracker({ id: 'session' })
    return {
      run,
      events,
      told: async (type) => expect.poll(() => events.map((event) => event.type), { timeout: 30_000 }).toContain(type),
      say: (what, body = {}) => {
        if (what.startsWith('>')) tracker.onWillReceiveMessage?.({ type: 'request', command: what.slice(1) })
        else tracker.onDidSendMessage?.({ type: 'event', event: what.slice(1), body })
      },
    }
  }

  it('renews while the debugger has the program stopped, and releases when its process has ended', { timeout: 60_000 }, async () => {
    const { run, events, told, say } = await start('program')
    say('<process', { systemProcessId: program.pid })
    await times(4)
    say('<stopped', { reason: 'breakpoint' })
    clearInterval(renewals)
    await told('kept')
    say('>continue')
    startRenewing()
    await times(3)
    clearInterval(renewals)
    program.kill('SIGKILL')
    await once(program, 'close')
    await run.finish()
    expect(events.at(-1)).toEqual({ type: 'released' })
    expect(holder()).toBe('')
  })

  it('lets the lease expire if the process is not known', { timeout: 60_000 }, async () => {
    const { run, events, told, say } = await start('program')
    await times(4)
    say('<stopped')
    clearInterval(renewals)
    await told('keeping')
    say('>disconnect')
    await run.finish()
    expect(events.map(({ type }) => type)).not.toContain('released')
    expect(holder()).toBe('program')
  })

  it('keeps nothing for a program that was started anew before that one has renewed', { timeout: 60_000 }, async () => {
    const { run, events, told, say } = await start('program')
    await times(4)
    say('<stopped')
    clearInterval(renewals)
    await told('keeping')
    say('>restart')
    const before = events.length
    say('<stopped')
    await expect.poll(() => events.slice(before), { timeout: 30_000 }).toContainEqual({ type: 'not-kept', why: 'unproven', holderIdentity: 'program' })
    run.dispose()
  })

  it('finds out which holder the program is', { timeout: 60_000 }, async () => {
    const { run, events, say } = await start(null)
    for (let stops = 0; stops < 2; stops++) {
      await times(6)
      say('<stopped')
      clearInterval(renewals)
      await new Promise((resolve) => setTimeout(resolve, 1_800))
      say('>continue')
      startRenewing()
    }
    await expect.poll(() => events, { timeout: 30_000 }).toContainEqual({ type: 'identified', identity: 'program' })
    run.dispose()
  })
})
