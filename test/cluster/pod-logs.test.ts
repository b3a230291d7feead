import { describe, expect, it } from 'vitest'
import { logPieces } from '../../shared/cluster/holders/log-pieces.ts'
import { LogPosition, timestampNs } from '../../shared/cluster/holders/log-position.ts'
import { chooseContainer, podContainers } from '../../shared/cluster/holders/pod-containers.ts'

describe('the time of a line', () => {
  it.each([
    ['2026-01-01T00:00:00Z', 0n],
    ['2026-01-01T00:00:00.5Z', 500_000_000n],
    ['2026-01-01T00:00:00.000000001Z', 1n],
    ['2026-01-01T01:00:00.000000001+01:00', 1n],
    ['2026-01-01 00:00:00Z', null],
    ['INFO', null],
  ])('%s', (text, expected) => {
    const ns = timestampNs(text)
    expect(ns === null ? null : ns - BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n).toBe(expected)
  })
})

describe('the position in a log', () => {
  const at = (nanoseconds: number): string => `2026-01-01T00:00:00.${String(nanoseconds).padStart(9, '0')}Z`
  it.each([
    ['lines that were told are left out', [1, 2, 3], [1, 2, 3, 4], [4]],
    ['of lines with the same time, as many as were told', [1, 2, 2], [1, 2, 2, 2, 3], [2, 3]],
    ['the log begins later than it was told, since the old part is gone', [1, 2], [5, 6], [5, 6]],
    ['nothing new', [1, 2], [1, 2], []],
    ['the clock was set back: rather twice than not at all', [5, 1], [1, 5, 2], [5, 2]],
    ['nothing was told before', [], [1, 1], [1, 1]],
  ])('%s', (_name, told, again, expected) => {
    const position = new LogPosition()
    for (const ns of told) position.take(at(ns))
    position.resume()
    expect(again.filter((ns) => position.take(at(ns)))).toEqual(expected)
  })

  it('counts on after it was resumed', () => {
    const position = new LogPosition()
    for (const ns of [1, 2]) position.take(at(ns))
    position.resume()
    for (const ns of [2, 2]) position.take(at(ns))
    position.resume()
    expect([2, 2, 2].map((ns) => position.take(at(ns)))).toEqual([false, false, true])
    expect(position.sinceTime).toBe(at(2))
  })
})

describe('the lines of a log', () => {
  const T = '2026-01-01T00:00:00.000000001Z'
  async function pieces(...chunks: readonly string[]) {
    const found: { text: string; isStart: boolean; timestamp: string | null }[] = []
    const stream = (async function* () {
      for (const chunk of chunks) yield Buffer.from(chunk, 'latin1')
    })()
    for await (const { bytes, isStart, timestamp } of logPieces(stream)) found.push({ text: bytes.toString('latin1'), isStart, timestamp })
    return found
  }
  const line = (text: string, timestamp: string | null = T, isStart = true) => ({ text, isStart, timestamp })

  it.each([
    ['are told without their times', [`${T} a\n${T} b\n`], [line('a\n'), line('b\n')]],
    ['may be torn anywhere', [T.slice(0, 5), T.slice(5), ' a', '\n', `${T} b\n`], [line('a\n'), line('b\n')]],
    ['may be empty', [`${T} \n`], [line('\n')]],
    ['may lack their end', [`${T} a\n${T} b`], [line('a\n'), line('b')]],
    ['are bytes, whatever they mean', [`${T} \xff\x00\r\x1b[2J\n`], [line('\xff\x00\r\x1b[2J\n')]],
    ['may be the kubelet’s own, with no time', ['unable to retrieve container logs\n'], [line('unable to retrieve container logs\n', null)]],
  ])('%s', async (_name, chunks, expected) => {
    expect(await pieces(...chunks)).toEqual(expected)
  })

  it('come in parts where they are too long to keep', async () => {
    const part = 'x'.repeat(70_000)
    const found = await pieces(`${T} ${part}`, part, 'end\n', `${T} b\n`)
    expect(found.map(({ isStart }) => isStart)).toEqual([true, false, false, true])
    expect(found.map(({ text }) => text).join('')).toBe(`${part}${part}end\nb\n`)
  })
})

describe('the container', () => {
  const pod = (extra: object = {}, names = ['app', 'proxy']) =>
    podContainers({ spec: { containers: names.map((name) => ({ name })), initContainers: [{ name: 'setup' }] }, ...extra })
  const annotated = { metadata: { annotations: { 'kubectl.kubernetes.io/default-container': 'proxy' } } }
  const gone = { metadata: { annotations: { 'kubectl.kubernetes.io/default-container': 'gone' } } }
  it.each([
    ['the first, saying so', pod(), null, 'app', true],
    ['the one that the annotation names', pod(annotated), null, 'proxy', false],
    ['the first, where the annotation names none that is there', pod(gone), null, 'app', true],
    ['the one that was asked for', pod(annotated), 'app', 'app', false],
    ['an init container that was asked for', pod(), 'setup', 'setup', false],
  ])('is %s', (_name, containers, wanted, expected, isDefaulted) => {
    expect(chooseContainer(containers, wanted)).toMatchObject({ container: { name: expected }, isDefaulted })
  })
  it.each([['nope'], [null]])('is null if the Pod has none (%s)', (wanted) => {
    expect(chooseContainer(wanted === null ? podContainers(null) : pod(), wanted)).toEqual({ container: null, wanted })
  })

  const status = (state: object | undefined, more: object = {}) =>
    pod({ status: { phase: 'Pending', ...(state && { containerStatuses: [{ name: 'app', state, ...more }] }) } }).containers[0]
  it.each([
    ['nothing is known yet', status(undefined), { isRunning: false, instance: null, reason: 'Pending' }],
    ['it waits for its first start', status({ waiting: { reason: 'ContainerCreating' } }), { isRunning: false, instance: null, reason: 'ContainerCreating' }],
    ['it runs', status({ running: { startedAt: 't' } }, { containerID: 'x://2' }), { isRunning: true, instance: 'x://2', reason: null }],
    ['it has ended', status({ terminated: { reason: 'Error', containerID: 'x://2' } }), { isRunning: false, instance: 'x://2', reason: 'Error' }],
    [
      'it waits to be started again',
      status({ waiting: { reason: 'CrashLoopBackOff' } }, { lastState: { terminated: { containerID: 'x://2' } }, containerID: 'x://2' }),
      { isRunning: false, instance: 'x://2', reason: 'CrashLoopBackOff' },
    ],
    ['its run has no identifier but its start', status({ running: { startedAt: 't' } }), { isRunning: true, instance: 't', reason: null }],
  ])('has a log of a run: %s', (_name, facts, expected) => {
    expect(facts).toMatchObject(expected)
  })
})
