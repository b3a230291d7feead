import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { ask } from '../../kubectl-plugin/question.ts'
import { fakeSession } from '../support/fake-session.ts'

const QUESTION = { explanation: 'It moves.', question: 'Move leadership?', otherwise: 'To confirm, pass --yes.', declined: 'Not moved.' }

it('Ctrl-C at a question says on a line of its own that nothing was changed', async () => {
  const { session, stderr, interrupt } = fakeSession()
  Object.assign(session.stderr, { isTTY: true, columns: 80 })
  const stdin = Object.assign(new PassThrough(), { isTTY: true }) as unknown as NodeJS.ReadStream
  const asked = ask({ ...session, stdin }, QUESTION)
  interrupt()
  await expect(asked).rejects.toThrow('Interrupted by SIGINT.')
  expect(stderr()).toBe('It moves.\nMove leadership? [y/N] \nNot moved. No changes were made.\n')
})
