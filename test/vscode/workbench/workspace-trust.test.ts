import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, inject, it, onTestFinished } from 'vitest'
import { startSandbox, type Sandbox } from '../../../shared/sandbox/index.ts'
import { RenewedLeases } from '../support/renewed-leases.ts'
import type { Window } from '../support/window.ts'
import { openWorkbench, type Workbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

/** Restricted mode, as for a folder that was just cloned; nobody is asked whether to trust it. */
const UNTRUSTED = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
}

/** So long the extension may take to fall for it, in milliseconds: more than its intervals. */
const TEMPTATION_MS = 6_000

/** An election of the person's own cluster. */
const ELECTION = 'election-0001'

let scene: AsyncDisposableStack
let own: Sandbox
let workbench: Workbench
/** What the exec plugins in the traps leave behind. */
let trace: string
/** A kubeconfig whose user's credentials come from a command. */
let trap: Kubeconfig
let window: Window
let folders = 0

interface Kubeconfig {
  readonly clusters: readonly object[]
  readonly users: readonly object[]
  readonly contexts: readonly object[]
}

function trapThatLeaves(file: string): Kubeconfig {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: '/bin/sh',
    args: ['-c', `touch '${file}'; exit 1`],
    interactiveMode: 'Never',
  }
  return {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'trap' },
    clusters: [{ name: 'trap', cluster: { server: 'https://127.0.0.1:9' } }],
    users: [{ name: 'trap', user: { exec } }],
    contexts: [{ name: 'trap', context: { cluster: 'trap', user: 'trap' } }],
  }
}

beforeAll(async () => {
  scene = new AsyncDisposableStack()
  own = await startSandbox()
  scene.defer(() => own.close())
  scene.use(new RenewedLeases({ sandbox: own, namespaces: { mine: 2 } }))
  workbench = scene.use(await openWorkbench({ extensions, settings: UNTRUSTED }))
})

afterAll(() => scene.disposeAsync())

beforeEach(() => {
  trace = join(workbench.profile.folder, `trace-${folders}`)
  trap = trapThatLeaves(trace)
  const mine = own.kubeconfig({ contextName: 'mine' }) as Kubeconfig
  workbench.writeKubeconfig({
    ...mine,
    clusters: [...mine.clusters, ...trap.clusters],
    users: [...mine.users, ...trap.users],
    contexts: [...mine.contexts, ...trap.contexts],
  })
})

/** Opens a folder that was never seen before, with such settings in it, and the view. */
async function openFolder(settings: (folder: string) => object): Promise<void> {
  const folder = join(workbench.profile.folder, `cloned-${folders++}`)
  mkdirSync(join(folder, '.vscode'), { recursive: true })
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(trap))
  writeFileSync(join(folder, '.vscode/settings.json'), JSON.stringify(settings(folder)))
  window = await workbench.openWindow(folder)
  onTestFinished(() => window.page.close())
  await window.openElections()
  await window.elections.row(ELECTION).waitFor()
}

/** As a person does who has looked at what is in the folder. */
async function trust(): Promise<void> {
  await window.statusBarItem('Restricted Mode').click()
  await window.page.locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust$/ }).first().click()
  await window.statusBarItem('Restricted Mode').waitFor({ state: 'hidden' })
}

it('lets no untrusted folder lift the maximum hold time, or name a command to run', async () => {
  await openFolder(() => ({ 'kubectlLeader.maxHold': '0', 'kubectlLeader.joinCommand': 'echo theirs' }))
  const offered = async (picture: string): Promise<string> => {
    await window.elections.openMenu(ELECTION)
    await window.chooseFromMenu('Join Election')
    await window.quickInput.getByText('Join with custom timings').waitFor()
    await window.picture(picture)
    const text = (await window.quickInput.locator('.quick-input-list').textContent()) ?? ''
    await window.page.keyboard.press('Escape')
    await window.quickInput.waitFor({ state: 'hidden' })
    return text
  }
  const untrusted = await offered('trust-1-untrusted')
  expect(untrusted).toContain('for at most 10m')
  expect(untrusted).not.toMatch(/echo theirs|command/)
  await trust()
  await window.command('View: Close Editor')
  const trusted = await offered('trust-2-trusted')
  expect(trusted).not.toContain('for at most')
  expect(trusted).toContain('Run "echo theirs" while leading')
})

it.each([
  { choice: 'a kubeconfig', settings: (folder: string) => ({ 'kubectlLeader.kubeconfig': join(folder, 'kubeconfig') }) },
  { choice: 'a context', settings: () => ({ 'kubectlLeader.contexts': ['trap'] }) },
])('lets no untrusted folder choose $choice, and so no exec plugin', async ({ settings }) => {
  await openFolder(settings)
  await window.page.waitForTimeout(TEMPTATION_MS)
  expect(existsSync(trace)).toBe(false)
  // It would have been caught: trusted, it is.
  await trust()
  await expect.poll(() => existsSync(trace)).toBe(true)
})
