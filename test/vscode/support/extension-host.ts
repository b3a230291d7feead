import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startRealCluster } from '../../support/real-cluster.ts'
import { readReport, type TestResult } from '../host/report.ts'
import { environmentOf, type HostScene } from '../host/scene.ts'
import { addCompanions } from './companions.ts'
import { prepareHostSuite, type HostSuite } from './host-suite.ts'
import { makeProfile, type Profile } from './profile.ts'

/** What a VS Code is started with for the suites to run in its extension host. */
export interface PreparedHost {
  readonly suite: HostSuite
  readonly profile: Profile
  /** To be in the extension host's environment. */
  readonly env: Readonly<Record<string, string>>
}

/** What became of the suites. */
export interface HostRun {
  readonly results: readonly TestResult[]
  /** How many tests there are; null where they did not come to their end. */
  readonly total: number | null
  /** What VS Code said, for whoever has to find out why they did not. */
  readonly log: string
}

/**
 * Runs the suites of `test/vscode/host`, with a real API server beside them.
 *
 * @param extensions An extensions folder with the extension in it.
 * @param runVscode Starts VS Code, and resolves once the suites are over, or it gave up, with what VS Code said.
 */
export async function runInExtensionHost(extensions: string, runVscode: (host: PreparedHost) => Promise<string>): Promise<HostRun> {
  await using resources = new AsyncDisposableStack()
  const cluster = resources.adopt(await startRealCluster(), (started) => started.close())
  const suite = resources.use(await prepareHostSuite(extensions))
  const profile = resources.use(makeProfile())
  addCompanions(profile.extensions)
  const scene: HostScene = {
    reportFile: join(profile.folder, 'report.jsonl'),
    kubeconfig: profile.kubeconfig,
    realKubeconfig: cluster.kubeconfig,
  }
  const said = await runVscode({ suite, profile, env: environmentOf(scene) })
  const lines = existsSync(scene.reportFile) ? readReport(scene.reportFile) : []
  return {
    results: lines.filter((line) => line.type === 'test'),
    total: lines.find((line) => line.type === 'end')?.total ?? null,
    log: [said, ...logsOf(profile)].join('\n').slice(-20_000),
  }
}

function logsOf({ userData }: Profile): string[] {
  return globSync(join(userData, 'logs/**/*exthost.log')).map((file) => readFileSync(file, 'utf8'))
}
