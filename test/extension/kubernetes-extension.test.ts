import { afterEach, expect, it, vi } from 'vitest'
import { readSettings } from '../../extension/settings.ts'
import { extensions, settings, workspace } from './support/fake-vscode.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))

const THEIRS = { 'vs-kubernetes': { 'vs-kubernetes.kubeconfig': '/theirs' } }

afterEach(() => {
  for (const name of Object.keys(settings)) settings[name] = undefined
  extensions.installed = []
  workspace.isTrusted = true
})

it.each([
  ['is the one that is chosen in the Kubernetes extension', true, true, THEIRS, '/theirs'],
  ['is the own one if that is set', true, true, { ...THEIRS, kubeconfig: '/own' }, '/own'],
  ['is that of kubectl if the Kubernetes extension is not installed', false, true, THEIRS, undefined],
  ['is not chosen by an untrusted workspace', true, false, THEIRS, undefined],
  ['is that of kubectl if none is chosen there', true, true, { 'vs-kubernetes': {} }, undefined],
  ['is that of kubectl if the setting is not an object', true, true, { 'vs-kubernetes': 'x' }, undefined],
])('the kubeconfig %s', (_, isInstalled, isTrusted, set, file) => {
  Object.assign(settings, set)
  extensions.installed = isInstalled ? ['ms-kubernetes-tools.vscode-kubernetes-tools'] : []
  workspace.isTrusted = isTrusted
  expect(readSettings().kubeconfig).toBe(file)
})
