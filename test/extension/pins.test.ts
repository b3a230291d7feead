import { expect, it, vi } from 'vitest'
import { App } from '../../extension/app.ts'
import type { ClusterSession } from '../../extension/clusters/cluster-session.ts'
import type { ElectionHandle } from '../../extension/clusters/election-handle.ts'
import { Pins } from '../../extension/pins.ts'
import { extensionContext, Memento } from './support/fake-vscode.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))
vi.stubGlobal('__VERSION__', 'test')

const session = (id: string): ClusterSession => ({ id }) as unknown as ClusterSession
const election = (id: string): ElectionHandle => ({ id: `${id} lease/shop/checkout`, session: session(id) }) as unknown as ElectionHandle

it('pins survive a reload of the window, except those in the sandbox', () => {
  const state = new Memento()
  const before = new Pins(state as never)
  before.setContext(session('context one'), true)
  for (const id of ['context two', 'sandbox sandbox']) before.setElection(election(id), true)
  expect(before.needs(session('sandbox sandbox'))).toBe(true)
  const after = new Pins(state as never)
  expect(['context one', 'context two', 'sandbox sandbox', 'context three'].map((id) => after.needs(session(id)))).toEqual([true, true, false, false])
  expect(after.hasContext(session('context two'))).toBe(false)
  expect(after.hasElection(election('context two'))).toBe(true)
  after.setElection(election('context two'), false)
  expect(new Pins(state as never).needs(session('context two'))).toBe(false)
})

it('the filter survives a reload of the window', () => {
  const state = new Memento()
  const reload = (): { readonly app: App; readonly end: () => void } => {
    const subscriptions: { dispose(): void }[] = []
    const app = new App(extensionContext(subscriptions, state))
    return { app, end: () => subscriptions.forEach((each) => each.dispose()) }
  }
  const before = reload()
  before.app.setFilter('Shop')
  before.end()
  const after = reload()
  expect(after.app.tree.selection.filter).toBe('shop')
  expect(after.app.view.message).toBe('No election matches the filter "Shop".')
  after.end()
})
