import { expect, it } from 'vitest'
import { reasonText, retryText, withAdvice } from '../../kubectl-plugin/output/advice.ts'

const message = 'https://x did not answer within 5s'
const timedOut = { message, remedy: { kind: 'raiseTimeout', timeoutMs: 5_000 } } as const

it('does not advise to try again if the command does so on its own', () => {
  expect(withAdvice(timedOut)).toBe(`${message}. Try again, or allow more time with --request-timeout.`)
  expect(retryText(timedOut)).toBe(message)
  expect(reasonText({ reason: message, remedy: timedOut.remedy })).toBe(message)
})

it('keeps advice that ends the retries', () => {
  expect(retryText({ message: 'Rejected.', remedy: { kind: 'logIn' } })).toBe('Rejected. Log in again, or use another user.')
  expect(reasonText({ reason: 'Rejected.' })).toBe('Rejected.')
})
