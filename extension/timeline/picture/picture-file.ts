import { harmless } from '../../../shared/lease/harmless.ts'
import type { TimelineSnapshot } from '../../../shared/lease/timeline/snapshot.ts'
import type { TimelineSubject } from '../../../shared/lease/timeline/timeline-json.ts'
import type { Pause } from '../messages.ts'
import { FIRST_VIEW, type View } from '../viewport.ts'
import type { TimelineStrings } from '../strings.ts'
import { drawTimeline } from './picture.ts'
import { node, svgText, type SvgNode } from './svg-node.ts'

/** The colors of a picture, in CSS notation. */
export interface PictureColors {
  readonly background: string
  readonly foreground: string
  readonly muted: string
  readonly line: string
  readonly holders: readonly [string, string, string, string, string, string]
  readonly onTime: string
  readonly late: string
  readonly expired: string
}

/** Dark on white, for a document. */
export const PAPER_COLORS: PictureColors = {
  background: '#ffffff',
  foreground: '#1f1f1f',
  muted: '#616161',
  line: '#d0d0d0',
  holders: ['#1a5fb4', '#7a3ea8', '#2b7a4b', '#0b7a8a', '#8a6d00', '#b0417a'],
  onTime: '#2b7a4b',
  late: '#b35900',
  expired: '#c01c28',
}

const HEADER_PX = 44
const LONGEST_TITLE = 160
/** A valid color. Anything else is drawn in black. */
const COLOR = /^(?:#[0-9a-f]{3,8}|[a-z]+|rgba?\([\d.,%/ ]+\))$/i

/**
 * A part of a timeline as an SVG file: the same for the same arguments, without scripts or anything from elsewhere, and
 * with text from the cluster made harmless.
 */
export function timelineSvg(
  subject: TimelineSubject,
  snapshot: TimelineSnapshot,
  options: {
    readonly view?: View
    readonly widthPx?: number
    readonly colors?: PictureColors
    readonly pauses?: readonly Pause[]
    readonly strings: TimelineStrings
  },
): string {
  const { view = FIRST_VIEW, widthPx = 960, colors = PAPER_COLORS, pauses = [], strings } = options
  const timeOfDay = (wallMs: number): string => `${new Date(wallMs).toISOString().slice(11, 19)}Z`
  const picture = drawTimeline(snapshot, { view, widthPx, strings, timeOfDay, electionName: subject.name, pauses, selected: null })
  const heightPx = Number(picture.attributes['height']) + HEADER_PX
  const title = harmless(`${subject.context} · ${subject.namespace} · ${subject.name}`, LONGEST_TITLE)
  const endMs = snapshot.now.wallMs - (snapshot.now.monotonicMs - (view.endMs ?? snapshot.now.monotonicMs))
  const until = new Date(endMs).toISOString()
  const svg: SvgNode = node(
    'svg',
    { ...picture.attributes, height: heightPx, viewBox: `0 0 ${widthPx} ${heightPx}`, role: 'img' },
    [
      node('title', {}, [title]),
      node('style', {}, [styleSheet(colors)]),
      node('rect', { class: 'background', width: widthPx, height: heightPx }),
      node('text', { class: 'heading', x: 12, y: 20 }, [title]),
      node('text', { class: 'name', x: 12, y: 36 }, [until]),
      node('g', { transform: `translate(0 ${HEADER_PX})` }, picture.children),
    ],
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n${svgText(svg)}\n`
}

function styleSheet(colors: PictureColors): string {
  const color = (value: string): string => (COLOR.test(value) ? value : '#000000')
  const { background, foreground, muted, line, holders, onTime, late, expired } = colors
  return [
    'text{font:11px system-ui,sans-serif}',
    `.background{fill:${color(background)}}`,
    `.heading{fill:${color(foreground)};font-size:14px;font-weight:600}`,
    `.name{fill:${color(muted)}}`,
    `.value{fill:${color(foreground)};stroke:${color(background)};stroke-width:4px;stroke-linejoin:round;paint-order:stroke}`,
    `.lane,.tick,.axis{stroke:${color(line)};fill:none}`,
    `.tick{stroke-opacity:.5}`,
    ...holders.map((holder, index) => `.led${index}{fill:${color(holder)}}`),
    `.bar-expired{fill:none;stroke:${color(expired)};stroke-width:1.5}`,
    `.bar-free,.bar-absent{fill:none;stroke:${color(foreground)};stroke-dasharray:3 2}`,
    `.led-other{fill:${color(muted)}}`,
    `.bar-blocked{stroke:${color(foreground)}}`,
    `.stripe{stroke:${color(foreground)};fill:none}`,
    `.silence{fill:${color(late)}}`,
    `.unseen-ground{fill:${color(background)};fill-opacity:.75}`,
    `.restart{fill:${color(foreground)}}`,
    `.transition{stroke:${color(foreground)};stroke-dasharray:1 3;fill:none}`,
    `.limit-late{stroke:${color(late)};stroke-dasharray:5 4;fill:none}`,
    `.limit-lease{stroke:${color(expired)};fill:none}`,
    `.age{stroke:${color(onTime)};stroke-opacity:.7;fill:none}`,
    `.renewal-on-time{fill:${color(onTime)}}`,
    `.renewal-late{fill:${color(late)}}`,
    `.renewal-expired{stroke:${color(expired)};stroke-width:2.5;fill:none}`,
    `.renewal-unknown{fill:${color(background)};stroke:${color(muted)}}`,
    `.awaited{stroke:${color(muted)};stroke-width:1.5;stroke-dasharray:2 2;fill:none}`,
    `.unknown{fill:${color(background)};fill-opacity:.75}`,
    `.pause{fill:${color(onTime)};fill-opacity:.14}`,
    `.unrecorded{fill:${color(line)};fill-opacity:.3}`,
    `.hatching{stroke:${color(muted)};fill:none}`,
  ].join('')
}
