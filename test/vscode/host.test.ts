import { expect, inject, it } from 'vitest'
import { runInExtensionHost } from './support/extension-host.ts'
import { runVscodeInBrowser } from './support/vscode-in-browser.ts'

// The suites of test/vscode/host run here, once; each of their tests is one of these.
const { results, total, log } = await runInExtensionHost(inject('packaged').extensions, runVscodeInBrowser)

it('runs all suites in the extension host', () => {
  expect(total, log).not.toBeNull()
  expect(results.length).toBe(total)
})

for (const { suites, title, failure } of results) {
  it(['extension host', ...suites, title].join(' > '), () => {
    if (failure !== null) throw Object.assign(new Error(failure.split('\n')[0]), { stack: failure })
  })
}
