/** Why a file cannot be used, without its name, which Node's messages repeat: `no such file or directory`. */
export function fileProblem(error: unknown): string {
  const { message } = error as Error
  return /^[A-Z0-9]+: (.+?), [a-z]+(?: '.*')?$/s.exec(message)?.[1] ?? message
}
