import { harmless } from '../shared/lease/index.ts'

/**
 * What is told to a person in VS Code: made harmless, and without the sentences that name a flag of the command line,
 * which can't be given here.
 */
export function plainWords(message: string, mostCharacters = 2_000): string {
  const sentences = message.split(/(?<=[.!?])\s+/)
  const plain = sentences.filter((sentence) => !/(?:^|[\s(])--[a-z]/.test(sentence))
  return harmless((plain.length > 0 ? plain : sentences).join(' '), mostCharacters)
}
