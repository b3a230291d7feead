import { columnsOf, cut } from '../../shared/text-columns.ts'
import { colored } from './color.ts'

/** A column of a table. Its cells are already made harmless, and not empty. */
export interface Column<Row> {
  readonly heading: string
  readonly cell: (row: Row) => string
  /** The column can be cut to this width if the table does not fit the terminal. Columns are cut from last to first. */
  readonly narrowest?: number | undefined
  /** The SGR color of a cell, if colors are on. */
  readonly color?: (row: Row) => number
}

export interface TableStyle {
  /** The columns of the terminal; null if the output is not a terminal, and nothing is cut. */
  readonly width: number | null
  readonly hasHeadings: boolean
  readonly isColored: boolean
}

/** Spaces between columns, normally and on a narrow terminal. */
const GAP = 3
const NARROW_GAP = 2
/** Longer cells do not widen their column: one identity of 10 KB must not make 10,000 lines that long. */
const WIDEST = 120

/** The lines of a table in kubectl's layout: columns as wide as their content, separated by three spaces. */
export function* tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], style: TableStyle): Generator<string> {
  const cells = columns.map((column) => rows.map(column.cell))
  const widths = columns.map(({ heading }, index) => {
    let widest = style.hasHeadings ? heading.length : 0
    for (const cell of cells[index]!) {
      const width = cell.length > WIDEST ? 0 : columnsOf(cell)
      if (width > widest) widest = width
    }
    return widest
  })
  const excess = style.width === null ? 0 : widths.reduce((sum, width) => sum + width + GAP, -GAP) - style.width
  const gap = excess > 0 ? NARROW_GAP : GAP
  if (excess > 0) shrink(columns, widths, excess - (GAP - NARROW_GAP) * (widths.length - 1))
  const isCut = style.width !== null
  const blanks = ' '.repeat(gap)
  const last = columns.length - 1
  const shown = (text: string, index: number): string => {
    const width = widths[index]!
    const fitting = isCut && columns[index]!.narrowest !== undefined ? cut(text, width) : text
    return index === last ? fitting : fitting + ' '.repeat(Math.max(width - columnsOf(fitting), 0))
  }

  if (style.hasHeadings) yield columns.map(({ heading }, index) => shown(heading, index)).join(blanks)
  for (let row = 0; row < rows.length; row++) {
    let line = ''
    for (let index = 0; index <= last; index++) {
      const color = style.isColored ? columns[index]!.color?.(rows[row]!) : undefined
      const text = shown(cells[index]![row]!, index)
      line += (index === 0 ? '' : blanks) + (color === undefined ? text : colored(text, color))
    }
    yield line
  }
}

/**
 * Narrows the columns that can be cut until the table fits. If it cannot fit, the lines wrap anyway, so only the first
 * column in that order is cut.
 */
function shrink(columns: readonly Column<never>[], widths: number[], excess: number): void {
  const slack = widths.map((width, index) => Math.max(width - (columns[index]!.narrowest ?? width), 0))
  const isEnough = slack.reduce((sum, cells) => sum + cells, 0) >= excess
  let left = excess
  for (let index = columns.length - 1; index >= 0 && left > 0; index--) {
    const less = Math.min(left, slack[index]!)
    widths[index]! -= less
    left -= less
    if (less > 0 && !isEnough) return
  }
}
