import { expect, it, vi } from 'vitest'
import { runSandbox } from '../../extension/clusters/running-sandbox.ts'
import { systemClock } from '../../shared/time/clock.ts'

vi.stubGlobal('__VERSION__', 'test')
vi.mock('../../shared/sandbox/demo/demo.ts', () => ({
  startDemo: () => ({ ended: Promise.reject(new Error('The demo has failed.')) }),
}))

it('a sandbox whose elections have failed rejects when it is stopped, and leaves nothing running', async () => {
  const running = await runSandbox(systemClock)
  const { clusters } = JSON.parse(running.kubeconfig) as { readonly clusters: readonly { readonly cluster: { readonly server: string } }[] }
  const url = `${clusters[0]!.cluster.server}/version`
  // An unhandled rejection meanwhile would fail this file.
  await expect(fetch(url)).resolves.toBeDefined()
  await expect(running.stop()).rejects.toThrow('The demo has failed.')
  await expect(fetch(url)).rejects.toThrow()
})
