/** A header's value for Node, which writes one byte per character. Go sends header values as UTF-8. */
export function headerText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
