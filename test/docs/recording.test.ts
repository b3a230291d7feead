import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ROOT } from './pages.ts'
import { terminalSvg } from './terminal-svg.ts'

const frame = (screen: string, forMs = 1_000): { screen: string; forMs: number } => ({ screen, forMs })

describe('a recording', () => {
  it('shows its frames one after the other, each for its time', () => {
    const svg = terminalSvg([frame('a', 1_000), frame('b', 3_000)], 10, 2, 0)
    expect(svg).toContain('animation:film 4000ms step-end infinite')
    expect(svg).toMatch(/@keyframes film\{0\.00%\{transform:translateX\(-0px\)\}25\.00%\{transform:translateX\(-112px\)\}\}/)
  })

  it('stores a line that several frames share once', () => {
    const svg = terminalSvg([frame('same\nfirst'), frame('same\nsecond')], 10, 2, 0)
    expect(svg.match(/>same</g)).toHaveLength(1)
    expect(svg.match(/href="#l0"/g)).toHaveLength(2)
  })

  it('shows one frame if the viewer prefers reduced motion', () => {
    expect(terminalSvg([frame('a'), frame('b')], 10, 1, 1)).toContain('.film{transform:translateX(-112px);')
  })

  it.each([
    ['a color', '\u001b[32mheld\u001b[39m on', '<tspan class="f2">held</tspan> on'],
    ['a bright color', '\u001b[91mexpired\u001b[0m', '<tspan class="f9">expired</tspan>'],
    ['styles', '\u001b[1;2mx\u001b[22my', '<tspan class="b d">x</tspan>y'],
    ['a style from the line before', '\u001b[7ma\nb', '<tspan class="r">b</tspan>'],
    ['characters that are special in XML', 'a <none> & b', 'a &lt;none&gt; &amp; b'],
    ['no trailing blanks', 'a   ', '>a</text>'],
  ])('shows %s', (_, screen, svg) => expect(terminalSvg([frame(screen)], 20, 2, 0)).toContain(svg))

  it('rejects a style that it cannot show', () => {
    expect(() => terminalSvg([frame('\u001b[41mx')], 10, 1, 0)).toThrow('SGR 41')
  })
})

describe('docs/recording.svg', () => {
  const svg = readFileSync(`${ROOT}/docs/recording.svg`, 'utf8')

  it.each(['kubectl leader list -A', 'kubectl leader failover -n shop gateway-controller', 'There was no leader for', 'kubectl leader watch -A'])(
    'shows %s',
    (text) => expect(svg.replaceAll(/<[^>]*>/g, '')).toContain(text),
  )

  it('loads nothing, runs no script, and is small', () => {
    expect(svg).not.toMatch(/<script|<image|<foreignObject|href="(?!#l\d)|url\(|@import/)
    expect(svg.length).toBeLessThan(150_000)
  })
})
