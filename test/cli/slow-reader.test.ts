import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { expect, it, onTestFinished } from 'vitest'
import { run } from '../../kubectl-plugin/program.ts'
import { fakeSession } from '../support/fake-session.ts'

const RENEWALS = 10_000
const at = { time: '2026-11-28T08:00:00.000Z', session: 's' }
const HEADER = { ...at, type: 'recording', format: 'leader.kubectl.dev/recording', version: 1, server: 'https://one:6443', context: 'one', program: '1' }
/** Together more than is kept for the slow reader of a running watch. */
const RENEWED = {
  ...{ ...at, type: 'reading' },
  election: {
    ...{ lock: 'lease', namespace: 'shop', name: 'x'.repeat(200), uid: 'u', resourceVersion: '1', creationTimestamp: at.time, category: 'election' },
    ...{ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 1, acquireTime: at.time, renewTime: at.time },
  },
  events: [{ type: 'renewed', basis: 'observed', unchangedForMs: 0, isChangeSeen: true, state: 'held', expiresInMs: 15_000 }],
}

it('a replay waits for a slow reader, and drops nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'recording.jsonl')
  writeFileSync(file, [HEADER, ...Array.from({ length: RENEWALS }, () => RENEWED)].map((line) => `${JSON.stringify(line)}\n`).join(''))
  let lines = 0
  let longestBacklog = 0
  const stdout = new Writable({
    decodeStrings: false,
    write(_chunk, _encoding, done) {
      lines += 1
      longestBacklog = Math.max(longestBacklog, stdout.writableLength)
      setImmediate(done)
    },
  })
  const { session, stderr } = fakeSession({})
  const code = await run({ ...session, stdout: stdout as unknown as NodeJS.WriteStream }, ['watch', '-A', '--replay', file, '--speed', '0', '--renewals', '-o', 'json'])
  expect(code, stderr()).toBe(0)
  await new Promise((resolve) => stdout.end(resolve))
  expect(lines).toBe(RENEWALS)
  expect(longestBacklog).toBeLessThan(1_000_000)
})
