import type { SvgNode } from '../picture/svg-node.ts'

const NAMESPACE = 'http://www.w3.org/2000/svg'

/** Makes a picture as elements. Text stays text. */
export function svgElement({ tag, attributes, children }: SvgNode): SVGElement {
  const element = document.createElementNS(NAMESPACE, tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name !== 'xmlns') element.setAttribute(name, String(value))
  }
  element.append(...children.map((child) => (typeof child === 'string' ? child : svgElement(child))))
  return element
}
