/** The content of a terminal, and how long it is shown. */
export interface Frame {
  /** Its lines, with the escape sequences of colors and styles. */
  readonly screen: string
  readonly forMs: number
}

const CELL_WIDTH = 8.4
const LINE_HEIGHT = 18
const MARGIN = 14

/** Styles by SGR code (ECMA-48). They remain on until they are switched off. */
const STYLES: Readonly<Record<number, string>> = { 1: 'b', 2: 'd', 4: 'u', 7: 'r' }
const COLORS = ['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4']
const BRIGHT = ['#6e7681', '#ffa198', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#ffffff']

interface Run {
  readonly text: string
  /** From {@link STYLES}, and `f0` to `f15` for a color. */
  readonly classes: readonly string[]
}

/**
 * A picture that plays the recording in a loop: all frames side by side, moved past a window. A line that several frames
 * share is stored once. If the viewer prefers reduced motion, the picture shows only one frame.
 *
 * @param still the index of that frame
 * @throws Error if a screen uses a style that the picture cannot show
 */
export function terminalSvg(frames: readonly Frame[], columns: number, rows: number, still: number): string {
  const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN)
  const height = rows * LINE_HEIGHT + 2 * MARGIN
  const lines = new Map<string, number>()
  const numberOf = (svg: string): number => {
    if (!lines.has(svg)) lines.set(svg, lines.size)
    return lines.get(svg)!
  }
  const film = frames.map(({ screen }, index) => {
    const uses = linesOf(screen).map((runs, row) => {
      const svg = lineSvg(runs)
      return svg === '' ? '' : `<use href="#l${numberOf(svg)}" y="${row * LINE_HEIGHT}"/>`
    })
    return `<g transform="translate(${index * width} 0)">${uses.join('')}</g>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<style>${style(frames, width, still)}</style>`,
    `<defs>${[...lines].map(([svg, number]) => svg.replace('<text ', `<text id="l${number}" `)).join('\n')}</defs>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    `<g class="film">${film.join('\n')}</g>`,
    '</svg>\n',
  ].join('\n')
}

function style(frames: readonly Frame[], width: number, still: number): string {
  const totalMs = frames.reduce((sum, { forMs }) => sum + forMs, 0)
  let atMs = 0
  const steps = frames.map(({ forMs }, index) => {
    const step = `${((100 * atMs) / totalMs).toFixed(2)}%{transform:translateX(-${index * width}px)}`
    atMs += forMs
    return step
  })
  const colors = [...COLORS, ...BRIGHT].map((color, index) => `.f${index}{fill:${color}}`)
  return [
    "text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#e6edf3;white-space:pre}",
    '.b{font-weight:bold}.d{opacity:.6}.u{text-decoration:underline}.r{fill:#fff;font-weight:bold}',
    ...colors,
    `.film{transform:translateX(-${still * width}px);animation:film ${totalMs}ms step-end infinite}`,
    `@keyframes film{${steps.join('')}}`,
    '@media(prefers-reduced-motion){.film{animation:none}}',
  ].join('')
}

/** A style continues on the next line. */
function linesOf(screen: string): readonly (readonly Run[])[] {
  let classes: readonly string[] = []
  return screen.replace(/\n$/, '').split('\n').map((line) => {
    const runs: Run[] = []
    for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
      if (part.startsWith('\x1b[')) classes = styled(classes, part.slice(2, -1))
      else if (part !== '') runs.push({ text: part, classes })
    }
    return runs
  })
}

function styled(before: readonly string[], codes: string): readonly string[] {
  let classes = before
  const without = (...some: readonly string[]): readonly string[] => classes.filter((each) => !some.includes(each))
  const withoutColor = (): readonly string[] => classes.filter((each) => !each.startsWith('f'))
  for (const code of codes.split(';').map(Number)) {
    if (code === 0) classes = []
    else if (STYLES[code]) classes = [...without(STYLES[code]), STYLES[code]]
    else if (code === 22) classes = without('b', 'd')
    else if (code === 24) classes = without('u')
    else if (code === 27) classes = without('r')
    else if (code >= 30 && code <= 37) classes = [...withoutColor(), `f${code - 30}`]
    else if (code >= 90 && code <= 97) classes = [...withoutColor(), `f${code - 82}`]
    else if (code === 39) classes = withoutColor()
    // The default background is the only one.
    else if (code === 49) continue
    else throw new Error(`The recording cannot show SGR ${codes}.`)
  }
  return classes
}

/** One `text` with the width of its cells; empty if the line is blank. */
function lineSvg(runs: readonly Run[]): string {
  const text = runs.map((run) => run.text).join('').trimEnd()
  if (text === '') return ''
  let left = text.length
  const spans = runs.map(({ text: whole, classes }) => {
    const part = whole.slice(0, Math.max(left, 0))
    left -= whole.length
    return part === '' || classes.length === 0 ? escaped(part) : `<tspan class="${classes.join(' ')}">${escaped(part)}</tspan>`
  })
  const length = (Array.from(text).length * CELL_WIDTH).toFixed(1)
  return `<text x="${MARGIN}" y="${MARGIN + 13}" textLength="${length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${spans.join('')}</text>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
