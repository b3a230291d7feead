/** A test or CI script that runs a command whose output the page does not show. The file contains this text. */
export interface ExecutedBy {
  readonly file: string
  readonly text: string
}

/** By command, as written in the `sh` blocks of the pages. */
export const EXECUTED_ELSEWHERE: Readonly<Record<string, readonly ExecutedBy[]>> = {
  'npm ci && npm start': [
    { file: '.ci/run', text: 'npm ci\n' },
    { file: 'test/docs/first-minutes.real.test.ts', text: "['npm', 'start']" },
  ],
  'npm ci && npm test': [{ file: '.ci/run', text: 'npm ci\nrun_suite fast npm test' }],
  'npm ci': [{ file: '.ci/run', text: 'npm ci\n' }],
  'npm test': [{ file: '.ci/run', text: 'run_suite fast npm test' }],
  'npm start': [{ file: 'test/docs/first-minutes.real.test.ts', text: "['npm', 'start']" }],
  'npx kubectl-leader sandbox': [{ file: 'test/docs/first-minutes.real.test.ts', text: "['npx', 'kubectl-leader', 'sandbox']" }],
  'npm ci && npm run build && npm link': [
    { file: '.ci/run', text: 'npm ci\n' },
    { file: 'test/docs/first-minutes.real.test.ts', text: "'npm', ['link']" },
  ],
  'kubectl leader list -A': [{ file: 'test/docs/first-minutes.real.test.ts', text: "'kubectl', ['leader', 'list', '-A']" }],
  'kubectl leader join my-lease -- ./my-program --its-flags': [{ file: 'test/examples/wrapped-program.test.ts', text: 'world.run(' }],
  'kubectl leader history my-controller --audit cp1/audit*.log* cp2/audit*.log*': [{ file: 'test/cli/history.test.ts', text: "describe('history my-controller --audit'" }],
  'KUBEBUILDER_ASSETS=$(test/install/kube-apiserver.sh) npm run test:real': [
    { file: '.ci/run', text: 'KUBEBUILDER_ASSETS=$(test/install/kube-apiserver.sh)' },
    { file: '.ci/run', text: 'run_suite real npm run test:real' },
  ],
  'export KUBECTL=$(test/install/kubectl.sh)': [{ file: '.ci/run', text: 'KUBECTL=$(test/install/kubectl.sh)' }],
  'test/install/packages.sh': [{ file: '.ci/run', text: 'test/install/packages.sh\n' }],
  'export VSCODE_SERVER=$(test/install/code-server.sh)': [{ file: '.ci/run', text: 'VSCODE_SERVER=$(test/install/code-server.sh)' }],
  'KUBEBUILDER_ASSETS=$(test/install/kube-apiserver.sh) npm run test:vscode': [{ file: '.ci/run', text: 'npm run test:vscode' }],
  // Not run on every change, because it builds for six platforms. test/release tests its parts.
  'npm run release -- --url https://…/releases/download/v1.2.3 --homepage https://…': [
    { file: '.github/workflows/release.yml', text: 'npm run release --' },
  ],
  'skopeo copy --all oci-archive:release-files/kubectl-leader-1.2.3-image.tar docker://registry.example.com/team/kubectl-leader:1.2.3': [
    { file: 'test/release/image.real.test.ts', text: "['copy', '--quiet', '--all', `oci-archive:" },
  ],
  'kubectl leader generate k9s plugins > ~/.config/k9s/plugins/leader.yaml': [{ file: 'test/generate/k9s.real.test.ts', text: "'leader-describe'" }],
  'kubectl leader generate k9s views > ~/.config/k9s/views.yaml': [{ file: 'test/generate/k9s.test.ts', text: 'k9sViews()' }],
}
