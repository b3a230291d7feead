import { escapeMarkup } from '../markup.ts'

/** A piece of a picture: drawn as text for a file, or as elements for a page. */
export interface SvgNode {
  readonly tag: 'svg' | 'g' | 'rect' | 'path' | 'text' | 'title' | 'defs' | 'pattern' | 'style'
  readonly attributes: Readonly<Record<string, string | number>>
  readonly children: readonly (SvgNode | string)[]
}

export function node(
  tag: SvgNode['tag'],
  attributes: SvgNode['attributes'] = {},
  children: readonly (SvgNode | string)[] = [],
): SvgNode {
  return { tag, attributes, children }
}

/** Rounds a coordinate to a tenth of a pixel. */
export function px(value: number): number {
  return Math.round(value * 10) / 10
}

/** Writes a picture as XML. */
export function svgText({ tag, attributes, children }: SvgNode): string {
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeMarkup(String(value))}"`)
  if (children.length === 0) return `<${tag}${written.join('')}/>`
  const inner = children.map((child) => (typeof child === 'string' ? escapeMarkup(child) : svgText(child)))
  return `<${tag}${written.join('')}>${inner.join('')}</${tag}>`
}
