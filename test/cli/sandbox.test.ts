import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { run } from '../../kubectl-plugin/program.ts'
import { systemClock, type Clock } from '../../shared/time/clock.ts'
import { fakeSession } from '../support/fake-session.ts'

/** How often the demo renews its nodes' leases, which is where it fails here. */
const HEARTBEAT_MS = 10_000

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-test-'))
  vi.stubEnv('TMPDIR', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

it('a demo that fails ends the sandbox, and nothing of it stays', async () => {
  const clock: Clock = {
    ...systemClock,
    sleep: (durationMs, signal) =>
      durationMs === HEARTBEAT_MS ? Promise.reject(new Error('a defect')) : systemClock.sleep(durationMs, signal),
  }
  const { session, stdout, stderr, interrupt } = fakeSession({ clock, env: { HOME: folder } })
  try {
    expect(await run(session, ['sandbox'])).not.toBe(0)
    expect(stderr()).toContain('a defect')
    expect(readdirSync(folder)).toEqual([])
    const url = /running at (\S+),/.exec(stdout())![1]!
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  } finally {
    interrupt()
  }
})
