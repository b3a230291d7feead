import { expect, it, vi } from 'vitest'
import { App } from '../../extension/app.ts'
import { commands, extensionContext } from './support/fake-vscode.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))
vi.stubGlobal('__VERSION__', 'test')

it.each([
  ['  Late ', 'late', 'No election matches the filter "Late".', true],
  ['   ', '', undefined, false],
])('the filter %j is shown in the view', (text, filter, message, isFiltered) => {
  const subscriptions: { dispose(): void }[] = []
  const executeCommand = vi.spyOn(commands, 'executeCommand')
  const app = new App(extensionContext(subscriptions))
  app.setFilter(text)
  expect(app.tree.selection.filter).toBe(filter)
  expect(app.view.message).toBe(message)
  expect(executeCommand).toHaveBeenLastCalledWith('setContext', 'kubectlLeader.isFiltered', isFiltered)
  for (const subscription of subscriptions) subscription.dispose()
})
