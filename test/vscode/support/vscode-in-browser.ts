import { launchBrowser } from './browser.ts'
import type { PreparedHost } from './extension-host.ts'
import { startVscodeServer } from './server.ts'

/** How long all suites may take, in milliseconds. */
const TIMEOUT_MS = 600_000

/** Runs the suites in VS Code's server, with its workbench in a browser. */
export async function runVscodeInBrowser({ suite, profile, env }: PreparedHost): Promise<string> {
  await using server = await startVscodeServer(profile, { env, isAutomated: true })
  await using resources = new AsyncDisposableStack()
  const browser = resources.adopt(await launchBrowser(), (launched) => launched.close())
  const page = await browser.newPage({ viewport: { width: 1200, height: 760 }, permissions: ['clipboard-read', 'clipboard-write'] })
  const said: string[] = []
  const over = Promise.withResolvers<string>()
  await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => said.push(`${type}: ${args.map(String).join(' ')}`))
  await page.exposeFunction('codeAutomationExit', (code: number) => over.resolve(`exit code ${code}`))
  const timer = setTimeout(() => over.resolve(`not over after ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS)
  const started = [
    ['extensionDevelopmentPath', `vscode-remote://${server.authority}${suite.extension}`],
    ['extensionTestsPath', `vscode-remote://${server.authority}${suite.tests}`],
    ['skipWelcome', 'true'],
  ]
  const query = new URLSearchParams({ folder: profile.workspace, payload: JSON.stringify(started) })
  await page.goto(`http://${server.authority}/?${query.toString()}`, { timeout: TIMEOUT_MS })
  said.push(await over.promise)
  clearTimeout(timer)
  return [...said, server.log()].join('\n')
}
