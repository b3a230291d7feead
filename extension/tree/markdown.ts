import { harmless } from '../../shared/lease/index.ts'

const LONGEST = 1_000

/**
 * Text from a cluster as inert Markdown: what is invisible or turns the direction is made visible, and every character
 * that means something to Markdown or HTML is escaped, so that there is no link, no image and no icon in it.
 */
export function markdownText(text: string): string {
  return harmless(text, LONGEST).replace(/[\\`*_{}[\]()#+\-.!|<>~&$:@/"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
