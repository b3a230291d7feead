import { expect, it, onTestFinished } from 'vitest'
import { runExport } from '../../kubectl-plugin/export/run-export.ts'
import { startSandbox } from '../../shared/sandbox/index.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { fakeSession } from '../support/fake-session.ts'
import { connectTo } from '../support/sandbox-client.ts'

it('says once that the elections cannot be read, and that it recovered', async () => {
  const sandbox = await startSandbox()
  onTestFinished(() => sandbox.close())
  const recover = sandbox.faults.error({ code: 503 })
  const clock = new FakeClock()
  const { session, stderr, interrupt } = fakeSession({ clock })
  const client = await connectTo(sandbox)
  onTestFinished(() => client.close())
  const until = async (isSo: () => boolean): Promise<void> => {
    const poll = async (): Promise<boolean> => {
      await clock.advance(500)
      return isSo()
    }
    await expect.poll(poll, { interval: 5, timeout: 20_000 }).toBe(true)
  }

  const code = runExport(session, client, { http: { port: 0 }, scope: { namespaces: ['default'] } })
  await until(() => sandbox.requests.total > 3)
  recover()
  await until(() => stderr().includes('Connected'))
  interrupt()
  expect(await code).toBe(130)
  expect(stderr().trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^Cannot read elections, retrying: .*503/),
    'Connected: the metrics are current.',
  ])
})
