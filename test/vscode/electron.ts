// Runs the suites of test/vscode/host in a desktop's VS Code: `npm run test:electron`. VSCODE_EXECUTABLE names one that
// is installed; without it, the current one is downloaded, once, into .vscode-test. On Linux it needs a display, as
// `xvfb-run` provides. The API server is that of KUBEBUILDER_ASSETS, as for `npm run test:real`.
import { downloadAndUnzipVSCode, resolveCliArgsFromVSCodeExecutablePath, runTests } from '@vscode/test-electron'
import { runInExtensionHost, type PreparedHost } from './support/extension-host.ts'
import { packExtension } from './support/packaged-extension.ts'

const executable = process.env['VSCODE_EXECUTABLE'] ?? (await downloadAndUnzipVSCode())
const [program, ...words] = resolveCliArgsFromVSCodeExecutablePath(executable, { reuseMachineInstall: true })
using packed = await packExtension([program!, ...words])

async function runOnDesktop({ suite, profile, env }: PreparedHost): Promise<string> {
  const options = ['--user-data-dir', profile.userData, '--extensions-dir', profile.extensions, '--disable-workspace-trust', '--no-sandbox']
  const run = runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: suite.extension,
    extensionTestsPath: suite.tests,
    extensionTestsEnv: { ...env, HOME: profile.home },
    launchArgs: [profile.workspace, ...options],
  })
  return run.then(
    () => '',
    (error: unknown) => String(error),
  )
}

const { results, total, log } = await runInExtensionHost(packed.extensions, runOnDesktop)
for (const { suites, title, failure } of results) {
  console.log(`${failure === null ? 'passed' : 'FAILED'}  ${[...suites, title].join(' > ')}${failure === null ? '' : `\n${failure}`}`)
}
const failed = results.filter(({ failure }) => failure !== null)
console.log(`${results.length - failed.length} passed, ${failed.length} failed`)
if (total === null) console.log(`The suites did not come to their end.\n${log}`)
if (failed.length > 0 || results.length !== total || total === 0) process.exitCode = 1
