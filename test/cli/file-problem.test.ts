import { expect, it } from 'vitest'
import { fileProblem } from '../../kubectl-plugin/file-problem.ts'

it.each([
  ["ENOENT: no such file or directory, open '/nonexistent'", 'no such file or directory'],
  ['EISDIR: illegal operation on a directory, read', 'illegal operation on a directory'],
  ['unexpected end of file', 'unexpected end of file'],
])('says %s without the path', (message, problem) => expect(fileProblem(new Error(message))).toBe(problem))
