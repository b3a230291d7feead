import { describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { fromPage } from '../../extension/timeline/messages.ts'
import { pageHtml } from '../../extension/timeline/page.ts'
import { drawTimeline } from '../../extension/timeline/picture/picture.ts'
import type { SvgNode } from '../../extension/timeline/picture/svg-node.ts'
import { TIMELINE_STRINGS } from '../../extension/timeline/strings.ts'
import { marksOf } from '../../extension/timeline/marks.ts'
import { eventfulTimeline, SUBJECT } from './scene.ts'

const SOURCES = {
  cspSource: 'https://*.vscode-cdn.net',
  nonce: 'abc',
  scriptUri: 'https://a/t.js',
  styleUri: 'https://a/t.css',
}

function html(name = 'checkout-operator'): string {
  return pageHtml({ subject: { ...SUBJECT, name }, isTransient: false, speeds: null, strings: TIMELINE_STRINGS, language: 'en' }, SOURCES)
}

describe('the page', () => {
  it('may run its own script and take its own style sheet, and nothing else', () => {
    const policy = /content="([^"]+)"/.exec(html())![1]!.replaceAll('&#39;', "'")
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'nonce-abc'",
      'style-src https://*.vscode-cdn.net',
      "base-uri 'none'",
      "form-action 'none'",
    ])
  })

  it('shows the name of an election as text', () => {
    const page = html('</script><script>alert(1)</script>"&\u2028')
    expect(page.match(/<script/g)).toHaveLength(2)
    expect(page).not.toContain('alert(1)</script>')
  })

  it('has no style in its HTML, which its policy would refuse', () => {
    expect(html()).not.toMatch(/style=|<style|\son\w+=/)
  })

  it('has a style for all that is drawn', () => {
    const css = readFileSync(new URL('../../extension/timeline/webview/timeline.css', import.meta.url), 'utf8')
    const snapshot = eventfulTimeline()
    const view = { spanMs: 300_000, endMs: null, selected: null }
    const selected = marksOf(snapshot).at(-1)!
    const drawn = drawTimeline(snapshot, {
      view,
      widthPx: 900,
      electionName: SUBJECT.name,
      strings: TIMELINE_STRINGS,
      timeOfDay: String,
      selected,
    })
    const looks = new Set(looksOf(drawn))
    expect(looks.size).toBeGreaterThan(15)
    expect([...looks].filter((look) => !css.includes(`.${look} `) && !css.includes(`.${look},`))).toEqual([])
  })
})

function looksOf({ attributes, children }: SvgNode): string[] {
  const own = attributes['class'] === undefined ? [] : [String(attributes['class'])]
  return [...own, ...children.flatMap((child) => (typeof child === 'string' ? [] : looksOf(child)))]
}

describe('a message of the page', () => {
  const view = { spanMs: 60_000, endMs: null, selected: null }
  const wanted = { type: 'export', format: 'svg', view, widthPx: 900 }
  it.each<[string, unknown, unknown]>([
    ['that it is paused', { type: 'paused', isPaused: true }, { type: 'paused', isPaused: true }],
    ['that it is perhaps paused', { type: 'paused', isPaused: 'yes' }, null],
    ['that it is ready', { type: 'ready' }, { type: 'ready' }],
    ['that an export is wanted', wanted, wanted],
    ['of a width beyond all screens', { ...wanted, widthPx: 1e9 }, { ...wanted, widthPx: 4_000 }],
    ['of no width', { ...wanted, widthPx: 0 }, { ...wanted, widthPx: 480 }],
    ['in another format', { ...wanted, format: 'exe' }, null],
    ['of no part', { ...wanted, view: null }, null],
    ['of a part without extent', { ...wanted, view: { ...view, spanMs: 0 } }, null],
    ['of a part that ends nowhere', { ...wanted, view: { ...view, endMs: Number.NaN } }, null],
    ['of another kind', { type: 'run' }, null],
    ['that is none', 'ready', null],
    ['that is nothing', null, null],
  ])('%s', (_, message, expected) => {
    expect(fromPage(message)).toEqual(expected)
  })
})
