import { harmless } from '../../shared/lease/index.ts'

const LONGEST = 1_000

/**
 * Text from a cluster as inert Markdown. Invisible characters, and those that change the text direction, are made visible.
 * Every character with a meaning in Markdown or HTML is escaped, so that the text contains no link, image or icon.
 */
export function markdownText(text: string): string {
  return harmless(text, LONGEST).replace(/[\\`*_{}[\]()#+\-.!|<>~&$:@/"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
