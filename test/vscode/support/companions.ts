import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Companion {
  readonly publisher: string
  readonly name: string
  /** More of its package.json. */
  readonly manifest?: object
  /** Its code, as a CommonJS module. */
  readonly main: string
}

/** An extension that uses what this one exports, as one of another publisher does. */
const API_USER: Companion = {
  publisher: 'test',
  name: 'api-user',
  manifest: { extensionDependencies: ['kubectl-leader.kubectl-leader'] },
  main: `
    const vscode = require('vscode')
    exports.activate = () => {
      const { exports: api } = vscode.extensions.getExtension('kubectl-leader.kubectl-leader')
      const events = []
      const watch = api.onEvent((event) => events.push(event))
      return { version: api.version, elections: () => api.elections(), join: (place) => api.join(place), events, stop: () => watch.dispose() }
    }`,
}

/** Has only the settings of the Kubernetes extension. */
const KUBERNETES: Companion = {
  publisher: 'ms-kubernetes-tools',
  name: 'vscode-kubernetes-tools',
  manifest: { contributes: { configuration: { title: 'Kubernetes', properties: { 'vs-kubernetes': { type: 'object', default: {} } } } } },
  main: 'exports.activate = () => undefined',
}

/** Puts extensions that stand beside this one into an extensions folder. */
export function addCompanions(extensions: string): void {
  for (const { publisher, name, manifest, main } of [API_USER, KUBERNETES]) {
    const folder = join(extensions, `${publisher}.${name}-1.0.0`)
    mkdirSync(folder)
    const description = { publisher, name, version: '1.0.0', engines: { vscode: '^1.100.0' }, main: './main.js', activationEvents: [], ...manifest }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(description))
    writeFileSync(join(folder, 'main.js'), main)
  }
}
