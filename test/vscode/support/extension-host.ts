import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startRealCluster } from '../../support/real-cluster.ts'
import { readReport, type TestResult } from '../host/report.ts'
import { environmentOf, type HostScene } from '../host/scene.ts'
import { launchBrowser } from './browser.ts'
import { prepareHostSuite } from './host-suite.ts'
import { makeProfile, type Profile } from './profile.ts'
import { startVscodeServer, type VscodeServer } from './server.ts'

/** How long all suites may take, in milliseconds. */
const TIMEOUT_MS = 600_000

/** What became of the suites. */
export interface HostRun {
  readonly results: readonly TestResult[]
  /** How many tests there are; null where they did not come to their end. */
  readonly total: number | null
  /** What VS Code said, for whoever has to find out why they did not. */
  readonly log: string
}

/** Runs the suites of `test/vscode/host` in the extension host of a VS Code whose workbench is in a browser. */
export async function runInExtensionHost(extensions: string): Promise<HostRun> {
  await using resources = new AsyncDisposableStack()
  const cluster = resources.adopt(await startRealCluster(), (started) => started.close())
  const suite = resources.use(await prepareHostSuite(extensions))
  const profile = resources.use(makeProfile())
  const scene: HostScene = {
    reportFile: join(profile.folder, 'report.jsonl'),
    kubeconfig: profile.kubeconfig,
    realKubeconfig: cluster.kubeconfig,
  }
  const server = resources.use(await startVscodeServer(profile, { env: environmentOf(scene), isAutomated: true }))
  const browser = resources.adopt(await launchBrowser(), (launched) => launched.close())
  const page = await browser.newPage({ viewport: { width: 1200, height: 760 }, permissions: ['clipboard-read', 'clipboard-write'] })
  const said: string[] = []
  const exited = Promise.withResolvers<string>()
  await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => said.push(`${type}: ${args.map(String).join(' ')}`))
  await page.exposeFunction('codeAutomationExit', (code: number) => exited.resolve(`exit code ${code}`))
  await page.goto(urlOf(server, profile, { extensionDevelopmentPath: suite.extension, extensionTestsPath: suite.tests }), { timeout: TIMEOUT_MS })
  const timer = setTimeout(() => exited.resolve(`not over after ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS)
  said.push(await exited.promise)
  clearTimeout(timer)
  const lines = existsSync(scene.reportFile) ? readReport(scene.reportFile) : []
  const end = lines.find((line) => line.type === 'end')
  return {
    results: lines.filter((line) => line.type === 'test'),
    total: end?.total ?? null,
    log: [...said, ...logsOf(profile), server.log()].join('\n').slice(-20_000),
  }
}

/** The workbench's address, with what it is to start beside itself. */
function urlOf({ authority }: VscodeServer, { workspace }: Profile, paths: Readonly<Record<string, string>>): string {
  const payload = [...Object.entries(paths).map(([name, path]) => [name, `vscode-remote://${authority}${path}`]), ['skipWelcome', 'true']]
  return `http://${authority}/?${new URLSearchParams({ folder: workspace, payload: JSON.stringify(payload) }).toString()}`
}

function logsOf({ userData }: Profile): string[] {
  return globSync(join(userData, 'logs/**/remoteexthost.log')).map((file) => readFileSync(file, 'utf8'))
}
