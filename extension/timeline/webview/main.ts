import { harmless } from '../../../shared/lease/harmless.ts'
import type { TimelineSnapshot } from '../../../shared/lease/timeline/snapshot.ts'
import { durationText } from '../../../shared/duration.ts'
import { fill } from '../../words/fill.ts'
import { marksOf, type Mark } from '../marks.ts'
import type { FromPage, PageSettings, ShownPauses, ToPage, WatchPhase } from '../messages.ts'
import { drawTimeline, layoutOf } from '../picture/picture.ts'
import type { Layout } from '../picture/layout.ts'
import { actionOfKey, changeView, type Extent, type View, type ViewAction } from '../viewport.ts'
import { announcement, countsSentence, markSentence, statusSentence } from '../wording.ts'
import { keptState, type VsCodeApi } from '../page-state.ts'
import { svgElement } from './svg-elements.ts'
import { EventTable } from './event-table.ts'
import { PlaybackBar } from './playback-bar.ts'

declare function acquireVsCodeApi(): VsCodeApi

const LONGEST_NAME = 120
/** How close to a mark a click selects it. */
const NEAR_PX = 12
/** A pointer that has moved by less does not drag. */
const DRAG_PX = 4

const { subject, isTransient, speeds, strings, language } = JSON.parse(element('settings').textContent) as PageSettings
const vscode = acquireVsCodeApi()
const table = new EventTable(element('table') as HTMLDetailsElement, element('rows'), strings, momentText)
const picture = element('picture')
const kept = keptState(vscode.getState())
let view: View = kept.view
let toldPaused: boolean | null = null
let snapshot: TimelineSnapshot | null = null
let phase: WatchPhase = { type: 'connecting' }
let marks: readonly Mark[] = []
let shown: ShownPauses = { pauses: [], text: null }
/** A pointer that is pressed: where it was, and the right edge of the window then. */
let drag: { readonly fromPx: number; readonly endMs: number; isMoved: boolean } | null = null

element('heading').textContent = fill(
  strings.heading,
  harmless(subject.name, LONGEST_NAME),
  harmless(`${subject.context}/${subject.namespace}`, LONGEST_NAME),
)
table.isOpen = kept.isTableOpen
table.onToggle(() => {
  table.show(marks)
  keep()
})
on('zoom-in', { type: 'zoom', by: 1 })
on('zoom-out', { type: 'zoom', by: -1 })
on('everything', { type: 'everything' })
element('help').addEventListener('click', () => toggleHelp())
const playbackBar = speeds === null ? null : new PlaybackBar(element, strings, momentText, post)
picture.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === '?') {
    toggleHelp()
    return
  }
  const action = actionOfKey(event)
  if (!action) return
  event.preventDefault()
  act(action)
})
picture.addEventListener(
  'wheel',
  (event) => {
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      act({ type: 'move', by: (event.deltaX || event.deltaY) / picture.clientWidth })
    } else act({ type: 'zoom', by: event.deltaY < 0 ? 1 : -1, aroundMs: momentAt(event.clientX) })
    event.preventDefault()
  },
  { passive: false },
)
picture.addEventListener('pointerdown', (event) => {
  if (event.button !== 0 || !snapshot) return
  drag = { fromPx: event.clientX, endMs: view.endMs ?? snapshot.now.monotonicMs, isMoved: false }
  picture.setPointerCapture(event.pointerId)
})
picture.addEventListener('pointermove', (event) => {
  if (!drag) return
  const movedPx = event.clientX - drag.fromPx
  if (!drag.isMoved && Math.abs(movedPx) < DRAG_PX) return
  drag.isMoved = true
  picture.classList.add('dragged')
  act({ type: 'drag', endMs: drag.endMs - movedPx * msPerPx() })
})
picture.addEventListener('pointerup', (event) => {
  const isClick = drag !== null && !drag.isMoved
  drag = null
  picture.classList.remove('dragged')
  if (!isClick) return
  const mark = nearest(event.clientX - picture.getBoundingClientRect().left)
  act(mark ? { type: 'select', key: mark.key } : { type: 'clear' })
})
picture.addEventListener('pointercancel', () => {
  drag = null
  picture.classList.remove('dragged')
})
new ResizeObserver(draw).observe(picture)
window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => take(data))
draw()
post({ type: 'ready' })
keep()

function take(message: ToPage): void {
  if (message.type === 'act') {
    act(message.action)
    return
  }
  if (message.type === 'export') {
    post({ type: 'export', format: message.format, view, widthPx: picture.clientWidth })
    return
  }
  if (message.type === 'pauses') {
    shown = message
    draw()
    return
  }
  if (message.playback) playbackBar?.show(message.playback)
  if (message.type === 'tick') {
    if (snapshot) snapshot = { ...snapshot, ...message.change }
  } else {
    const isFirst = snapshot === null
    snapshot = message.snapshot
    phase = message.phase
    if (isFirst) {
      forgetViewOfAnother(snapshot)
      if (playbackBar) act({ type: 'everything' })
      keep()
    }
  }
  const before = marks
  marks = snapshot ? marksOf(snapshot) : []
  const news = before.length === 0 ? '' : announcement(before, marks, strings, momentText)
  if (news !== '') element('announcements').textContent = news
  if (news !== '' || before.length === 0) table.show(marks)
  draw()
}

/** Follows the present again if the kept position is outside of this recording, because VS Code was restarted. */
function forgetViewOfAnother({ now, completeFrom }: TimelineSnapshot): void {
  const fromMs = completeFrom?.monotonicMs ?? now.monotonicMs
  if (view.endMs !== null && (view.endMs > now.monotonicMs || view.endMs < fromMs)) view = { ...view, endMs: null }
}

function act(action: ViewAction): void {
  if (!snapshot) return
  const before = view
  view = changeView(view, action, extent(snapshot))
  if (view.selected !== before.selected) tellSelected()
  keep()
  draw()
}

function toggleHelp(): void {
  const keys = element('keys')
  keys.hidden = !keys.hidden
  element('help').setAttribute('aria-expanded', String(!keys.hidden))
}

function momentAt(clientX: number): number {
  const { toMs, rightPx } = layout()!
  return toMs - (rightPx - (clientX - picture.getBoundingClientRect().left)) * msPerPx()
}

function msPerPx(): number {
  const { leftPx, rightPx } = layout()!
  return view.spanMs / (rightPx - leftPx)
}

function layout(): Layout | null {
  return snapshot && layoutOf(snapshot, view, picture.clientWidth, subject.name)
}

function extent({ now, completeFrom }: TimelineSnapshot): Extent {
  return { fromMs: completeFrom?.monotonicMs ?? now.monotonicMs, nowMs: now.monotonicMs, marks }
}

function tellSelected(): void {
  const index = marks.findIndex(({ key }) => key === view.selected)
  const mark = marks[index]
  element('detail').textContent = mark
    ? fill(strings.selected, index + 1, marks.length, markSentence(mark, strings, momentText))
    : ''
}

function draw(): void {
  element('status').textContent = statusText()
  element('counts').textContent = snapshot ? countsSentence(snapshot, strings) : ''
  const span = durationText(view.spanMs, strings)
  const { endMs } = view
  element('window').textContent =
    endMs === null || !snapshot
      ? fill(playbackBar ? strings.followingRecording : strings.following, span)
      : fill(strings.paused, momentText(snapshot.now.wallMs - (snapshot.now.monotonicMs - endMs)), span)
  if (!snapshot || picture.clientWidth === 0) return
  const selected = marks.find(({ key }) => key === view.selected) ?? null
  const drawn = drawTimeline(snapshot, {
    view,
    widthPx: picture.clientWidth,
    electionName: subject.name,
    strings,
    timeOfDay,
    selected,
    pauses: shown.pauses,
  })
  const svg = svgElement(drawn)
  // The sentences around the picture describe what it shows.
  svg.setAttribute('aria-hidden', 'true')
  picture.replaceChildren(svg)
}

function statusText(): string {
  if (phase.type === 'failed') return fill(strings.failed, harmless(phase.reason, LONGEST_NAME * 3))
  if (!snapshot || (phase.type === 'connecting' && snapshot.spans.length === 0)) return strings.nothingYet
  if (snapshot.spans.length === 0) return strings.notThere
  const status = statusSentence(snapshot, strings, momentText)
  return shown.text === null ? status : fill(strings.statusWithPause, status, shown.text)
}

function nearest(xPx: number): Mark | undefined {
  if (!snapshot) return undefined
  const { x } = layout()!
  const distance = (mark: Mark): number => Math.abs(x(mark.at.monotonicMs) - xPx)
  const near = marks.filter((mark) => distance(mark) <= NEAR_PX)
  return near.sort((a, b) => distance(a) - distance(b) || Number(b.isNotable) - Number(a.isNotable))[0]
}

function timeOfDay(wallMs: number): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'medium' }).format(new Date(wallMs))
}

/** With the date, if that is not today's. */
function momentText(wallMs: number): string {
  const at = new Date(wallMs)
  if (at.toDateString() === new Date(snapshot?.now.wallMs ?? wallMs).toDateString()) return timeOfDay(wallMs)
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }).format(at)
}

function keep(): void {
  vscode.setState({ subject, isTransient, view, isTableOpen: table.isOpen })
  const isPaused = view.endMs !== null
  if (isPaused !== toldPaused) post({ type: 'paused', isPaused })
  toldPaused = isPaused
}

function post(message: FromPage): void {
  vscode.postMessage(message)
}

function on(id: string, action: ViewAction): void {
  element(id).addEventListener('click', () => act(action))
}

function element(id: string): HTMLElement {
  return document.getElementById(id)!
}
