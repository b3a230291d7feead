import { harmless } from '../../shared/lease/harmless.ts'
import type { Completion } from './complete.ts'

/** Cobra's `ShellCompDirective`s, which kubectl reads from a plugin's completion (spf13/cobra, completions.go). */
const DIRECTIVE = { default: 0, noFileCompletion: 4 } as const

/**
 * The output of `kubectl_complete-leader`, which the shell scripts read: one line per completion, with a tab in front of the
 * description, and a last line with the directive. A completion that a shell could split or interpret is left out. Valid
 * Kubernetes names are never left out.
 */
export function formatCompletion(completion: Completion): string {
  if (completion === 'files') return `:${DIRECTIVE.default}\n`
  const lines = completion
    .filter(({ value }) => /^[\w@%+=:,./-]+$/.test(value))
    .map(({ value, description }) => (description ? `${value}\t${harmless(description)}` : value))
  return [...lines, `:${DIRECTIVE.noFileCompletion}`, ''].join('\n')
}
