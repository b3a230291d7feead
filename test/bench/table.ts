/** One measured figure, beside its peer's in the same run where there is one. */
export interface Row {
  readonly name: string
  readonly unit: string
  readonly ours: number
  readonly theirs?: number
  /** What the peer is. */
  readonly peer?: string
}

/** The rows as a Markdown table. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map(({ name, unit, ours, theirs, peer }) => [
    name,
    withUnit(ours, unit),
    theirs === undefined ? '' : withUnit(theirs, unit),
    theirs === undefined ? '' : (ours / theirs).toFixed(2),
    peer ?? '',
  ])
  return markdownTable([['measured', 'kubectl leader', 'peer', 'ratio', 'the peer'], ...cells])
}

/** Cells as a Markdown table, the first row for its head. */
export function markdownTable(all: readonly (readonly string[])[]): string {
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  const line = (row: readonly string[]): string => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(all[0]!), line(widths.map((width) => '-'.repeat(width))), ...all.slice(1).map(line)].join('\n')
}

/** Milliseconds as Go prints them, without a space. */
function withUnit(figure: number, unit: string): string {
  return unit === 'ms' ? `${round(figure)}ms` : `${round(figure)} ${unit}`
}

function round(figure: number): string {
  return figure >= 100 ? figure.toFixed(0) : figure.toPrecision(3)
}
