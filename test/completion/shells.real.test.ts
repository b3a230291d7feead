import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { BUILT_CLI } from '../support/built-cli.ts'
import { Terminal } from '../support/terminal.ts'

/** What a person who presses Tab gets, in real shells, with kubectl's own completion loaded. */
const SHELLS = {
  bash: {
    command: ['bash', '--norc', '--noprofile', '-i'],
    setUp: '. /usr/share/bash-completion/bash_completion; . <(kubectl completion bash); . <(kubectl leader completion bash)',
  },
  zsh: {
    command: ['zsh', '-f', '-i'],
    setUp: 'autoload -Uz compinit; compinit -u -D; . <(kubectl completion zsh); . <(kubectl leader completion zsh)',
  },
}

let sandbox: Sandbox
let folder: string
let env: Record<string, string>

beforeAll(async () => {
  sandbox = await startSandbox()
  folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-test-'))
  const spec = { holderIdentity: 'a', leaseDurationSeconds: 15 }
  for (const name of ['my-controller', 'scheduler']) {
    sandbox.plant('leases.coordination.k8s.io', { metadata: { namespace: 'default', name }, spec })
  }
  sandbox.plant('leases.coordination.k8s.io', { metadata: { namespace: 'kube-system', name: 'other-controller' }, spec })
  await writeFile(join(folder, 'config'), JSON.stringify(sandbox.kubeconfig({ contextName: 'my-sandbox' })))
  await chmod(BUILT_CLI, 0o755)
  await symlink(BUILT_CLI, join(folder, 'kubectl-leader'))
  const path = [folder, process.env['KUBEBUILDER_ASSETS']!, dirname(process.execPath), process.env['PATH']!].join(':')
  env = { PATH: path, KUBECONFIG: join(folder, 'config'), HOME: folder, PS1: '$ ', LC_ALL: 'C.UTF-8' }
})

afterAll(async () => {
  await sandbox.close()
  await rm(folder, { recursive: true, maxRetries: 10 })
})

describe.each(Object.entries(SHELLS))('%s', (_shell, { command, setUp }) => {
  let terminal: Terminal
  beforeAll(async () => {
    terminal = await Terminal.open(command, { env, columns: 120 })
    await terminal.type(`PS1='$ '; ${setUp}; clear; echo rea''dy`)
    await terminal.press('Enter')
    await terminal.shows(/^ready$/m)
  })
  afterAll(() => terminal.close())

  it.each([
    ['kubectl leader des', 'kubectl leader describe'],
    ['kubectl leader list --all-n', 'kubectl leader list --all-namespaces'],
    ['kubectl leader list -n kube-s', 'kubectl leader list -n kube-system'],
    ['kubectl leader list --context my', 'kubectl leader list --context my-sandbox'],
    ['kubectl leader describe sch', 'kubectl leader describe scheduler'],
    ['kubectl leader describe -n kube-system o', 'kubectl leader describe -n kube-system other-controller'],
    ['kubectl leader list --namespace=kube-s', 'kubectl leader list --namespace=kube-system'],
    ['kubectl-leader wait my', 'kubectl-leader wait my-controller'],
  ])('%s⇥ becomes %s', async (typed, expected) => {
    await terminal.press('C-u')
    await terminal.press('C-l')
    await terminal.type(typed)
    await terminal.press('Tab')
    expect(await terminal.shows(`$ ${expected}`)).toContain(expected)
  })
})
