import { harmless } from '../../shared/lease/index.ts'
import type { Completion } from './complete.ts'

/** Cobra's `ShellCompDirective`s, which kubectl reads from a plugin's completion (spf13/cobra, completions.go). */
const DIRECTIVE = { default: 0, noFileCompletion: 4 } as const

/**
 * What `kubectl_complete-leader` answers, and the shells' scripts read: a line for each candidate, with its description
 * behind a tab, and a last line with the directive. A candidate that a shell could take for more than one word, or act
 * on, is left out: no name that Kubernetes accepts is.
 */
export function formatCompletion(completion: Completion): string {
  if (completion === 'files') return `:${DIRECTIVE.default}\n`
  const lines = completion
    .filter(({ value }) => /^[\w@%+=:,./-]+$/.test(value))
    .map(({ value, description }) => (description ? `${value}\t${harmless(description)}` : value))
  return [...lines, `:${DIRECTIVE.noFileCompletion}`, ''].join('\n')
}
