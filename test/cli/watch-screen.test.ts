import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noWishes } from '../../kubectl-plugin/interruption.ts'
import { DrawTimer } from '../../kubectl-plugin/watch/draw-timer.ts'
import { createPaint } from '../../kubectl-plugin/watch/paint.ts'
import { runScreen } from '../../kubectl-plugin/watch/run-screen.ts'
import { ScreenModel } from '../../kubectl-plugin/watch/screen-model.ts'
import { initialViewModel } from '../../kubectl-plugin/watch/view-model.ts'
import type { Session } from '../../kubectl-plugin/session.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { FakeTerminal } from '../support/fake-terminal.ts'
import { StoreScene } from '../support/store-scene.ts'

/** What ink really writes to a terminal, and what it leaves behind there. */

const ENTER = '\u001b[?1049h'
const LEAVE = '\u001b[?1049l'
const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const NO_WRAP = '\u001b[?7l'
const WRAP = '\u001b[?7h'
const CTRL_C = '\u0003'

let terminal: FakeTerminal
let scene: StoreScene
let abort: AbortController
let ending: Promise<string>

beforeEach(() => {
  terminal = new FakeTerminal(100, 12)
  scene = new StoreScene()
  abort = new AbortController()
  scene.start([scene.election('default', 'billing'), scene.election('default', 'worker')])
})
afterEach(() => abort.abort())

function open(): { model: ScreenModel; timer: DrawTimer } {
  const { stdin, stdout } = terminal
  const session: Session = { stdin, stdout, stderr: stdout, env: {}, clock: systemClock, signal: abort.signal, wishes: noWishes(), programName: 'x' }
  const model = new ScreenModel(scene.store, scene.clock, initialViewModel(), {
    place: 'a test',
    notice: null,
    hasNamespace: true, isReplay: false,
    category: 'election',
    isWanted: () => true,
  })
  const timer = new DrawTimer(systemClock)
  ending = runScreen(session, model, timer, createPaint({ isColored: true, isUnicode: true }), abort.signal)
  return { model, timer }
}

const shows = (text: string): Promise<void> => terminal.until(() => terminal.written.includes(text))

describe('the screen', () => {
  it.each([
    ['q', () => terminal.type('q'), 'ended'],
    ['Ctrl-C', () => terminal.type(CTRL_C), 'interrupted'],
    ['the end of the watch', () => abort.abort(), 'ended'],
  ])('leaves the terminal as it was, by %s', async (_, leave, expected) => {
    open()
    await shows('worker')
    expect(terminal.isRaw).toBe(true)
    leave()
    expect(await ending).toBe(expected)

    const { written } = terminal
    expect(written.indexOf(ENTER)).toBe(0)
    expect(written.lastIndexOf(LEAVE)).toBeGreaterThan(written.lastIndexOf('worker'))
    expect(written.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(written.lastIndexOf(HIDE_CURSOR))
    expect(written.lastIndexOf(WRAP)).toBeGreaterThan(written.lastIndexOf(NO_WRAP))
    expect(written.replace(/[^]*\u001b\[\?1049l/, '')).not.toMatch(/[^\u001b[?0-9hl]/)
    await terminal.until(() => !terminal.isRaw)
    expect(terminal.stdout.listenerCount('resize')).toBe(0)
  })

  it('does not take over the terminal if the watch has already ended', async () => {
    abort.abort()
    open()
    expect(await ending).toBe('ended')
    expect(terminal.written.lastIndexOf(LEAVE)).toBeGreaterThanOrEqual(terminal.written.lastIndexOf(ENTER))
  })

  it('writes only what changed, and clears nothing', async () => {
    const { timer } = open()
    await shows('worker')
    const before = terminal.written.length
    scene.apply(scene.election('default', 'billing', { spec: { holderIdentity: 'somebody-new', leaseTransitions: 2 } }))
    timer.request(0)
    await shows('somebody-new')
    const change = terminal.written.slice(before)
    expect(change).not.toContain('worker')
    expect(change).not.toMatch(/\u001b\[[0-3]?J/)
    expect(change.length).toBeLessThan(600)
  })

  it('writes nothing where nothing changed', async () => {
    const { timer } = open()
    await shows('worker')
    const before = terminal.written.length
    for (let i = 0; i < 5; i++) {
      timer.request(0)
      await new Promise((resolve) => setTimeout(resolve, 120))
    }
    expect(terminal.written.slice(before)).toBe('')
  })

  it('takes keys that arrive together', async () => {
    const { model } = open()
    await shows('worker')
    terminal.type('/wor')
    await shows('/wor_ 1 of 2')
    terminal.type('k\r')
    await terminal.until(() => model.view.filter === 'work' && !model.view.isTypingFilter)
    terminal.type('\u001b')
    await terminal.until(() => terminal.written.lastIndexOf('2 elections') > terminal.written.lastIndexOf('1 of 2'))
  })

  it('moves with the arrow keys', async () => {
    const { model } = open()
    await shows('worker')
    terminal.type('\u001b[B\u001b[B\u001b[A\u001b[B')
    await terminal.until(() => model.view.selectedKey === 'lease/default/worker')
  })

  it('follows the size of the terminal', async () => {
    open()
    await shows('worker')
    terminal.resize(40, 6)
    await terminal.until(() => /NAME▲ +HOLDER +EXPIRES/.test(terminal.written))
    terminal.resize(120, 30)
    await shows('── recent')
    terminal.type('q')
    expect(await ending).toBe('ended')
  })
})
