/** Escapes text for an element or an attribute of HTML or SVG. Text from a log was made harmless before. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
