import Mocha from 'mocha'
import { sandbox } from './clusters.ts'
import { recordConnections } from './connections.ts'
import { writeReport } from './report.ts'
import { hostScene } from './scene.ts'

const { EVENT_TEST_PASS, EVENT_TEST_FAIL } = Mocha.Runner.constants

/** Runs suites in the extension host, and tells of each test as it ends. */
export async function runSuites(suites: readonly (() => Promise<unknown>)[]): Promise<void> {
  const { reportFile } = hostScene()
  recordConnections()
  const mocha = new Mocha({ ui: 'bdd', timeout: 180_000, forbidOnly: true, forbidPending: true, reporter: Silent })
  mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, '', mocha)
  for (const load of suites) await load()
  const tell = (test: Mocha.Runnable, error: Error | null): void =>
    writeReport(reportFile, {
      type: 'test',
      suites: test.titlePath().slice(0, -1),
      title: test.title,
      durationMs: test.duration ?? 0,
      failure: error && (error.stack ?? String(error)),
    })
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve())
    runner.on(EVENT_TEST_PASS, (test) => tell(test, null))
    // A hook that fails comes here as well, and stands for the tests that do not run because of it.
    runner.on(EVENT_TEST_FAIL, (test, error: Error) => tell(test, error))
  })
  await (await sandbox()).close()
  writeReport(reportFile, { type: 'end', total: mocha.suite.total() })
}

/** Prints nothing: what there is to tell is in the report. */
class Silent extends Mocha.reporters.Base {
  override epilogue(): void {}
}
