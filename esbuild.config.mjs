// Builds everything that ships into dist/: the launcher and the CLI, the library, and the extension.
import { chmod, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import packageJson from './package.json' with { type: 'json' }
import { bundledPackages, noticesOf } from './release/notices.ts'

// Where a release will push its image.
const registry = process.env.KUBECTL_LEADER_REGISTRY

const common = {
  bundle: true,
  platform: 'node',
  target: 'node22.19',
  logLevel: 'warning',
  legalComments: 'none',
  metafile: true,
  define: { __VERSION__: JSON.stringify(packageJson.version), ...(registry && { __IMAGE__: JSON.stringify(`${registry}/${packageJson.name}:${packageJson.version}`) }) },
}

// CommonJS, because it starts faster: Node's loader of ES modules costs more than all the code here does, and an ES
// import of node:http reads all its exports at once, one of which loads the whole of Node's fetch. The self-contained
// executables are made of the same files, and have no loader of ES modules.
const cli = {
  ...common,
  outdir: 'dist/cli',
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  minify: true,
  supported: { 'dynamic-import': false },
}

/** Leaves what is imported dynamically to a file of its own. */
const apart = (filter, file) => ({
  name: `apart: ${file}`,
  setup({ onResolve }) {
    onResolve({ filter }, ({ kind }) => (kind === 'dynamic-import' ? { path: file, external: true } : undefined))
  },
})

// Commander can run subcommands as programs of their own. This CLI has none, so node:child_process, which takes one or two
// milliseconds to load, is left out of commander.
const noSubprograms = {
  name: 'no-subprograms',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path: 'child_process', namespace: 'no-subprograms' } : undefined,
    )
    onLoad({ filter: /./, namespace: 'no-subprograms' }, () => ({ contents: 'export default {}' }))
  },
}

// What is called most, and starts fastest from a file with next to nothing else in it.
const listAlone = {
  name: 'list-alone',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/commands\.ts$/ }, () => ({
      path: join(import.meta.dirname, 'kubectl-plugin/list-only-commands.ts'),
    }))
  },
}

// ink's layout engine is loaded while its module is, and only an ES module can wait for that; here, the screen waits.
const layoutEngine = {
  name: 'layout-engine',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^yoga-layout$/ }, ({ path }) => ({ path, namespace: 'layout-engine' }))
    onLoad({ filter: /./, namespace: 'layout-engine' }, () => ({
      resolveDir: import.meta.dirname,
      contents: `
        import { loadYoga } from 'yoga-layout/load'
        export * from 'yoga-layout/load'
        let engine
        export { engine as default }
        export async function loadEngine() { engine = await loadYoga() }`,
    }))
  },
}
const screenEntry = {
  resolveDir: import.meta.dirname,
  sourcefile: 'screen.js',
  contents: `
    import { loadEngine } from 'yoga-layout'
    export async function watchOnScreen(...given) {
      await loadEngine()
      const screen = await import('./kubectl-plugin/watch/watch-on-screen.ts')
      return screen.watchOnScreen(...given)
    }`,
}

// ink awaits React's developer tools while it is loaded, where DEV is set: which it never is here.
const noDevtools = {
  name: 'no-devtools',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]ink[\\/]build[\\/]reconciler\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(/await (import\('\.\/devtools\.js'\)|loadPackageJson\(\))/g, '{}'),
    }))
  },
}

// The dashboard has no parameters, and Grafana's SDK is half as large as all other code: so it is made here.
const madeDashboard = {
  name: 'made-dashboard',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]monitoring[\\/]dashboard\.ts$/ }, async ({ path }) => {
      const { dashboard } = await import(path)
      return { contents: `export const dashboard = () => (${JSON.stringify(dashboard())})` }
    })
  },
}

/** Names the packages that bundles contain, and their licences. */
async function writeNotices(file, ...results) {
  await writeFile(file, noticesOf(bundledPackages(results.map(({ metafile }) => metafile))))
}

await rm('dist', { recursive: true, force: true })

// What is large and seldom used is in files of their own: the terminal UI is half of all code, the Redis client a
// quarter of it.
const main = await build({
  ...cli,
  entryPoints: { main: 'kubectl-plugin/main.ts', watchdog: 'shared/guard/watchdog.ts' },
  plugins: [noSubprograms, madeDashboard, apart(/\/watch-on-screen\.ts$/, './screen.cjs'), apart(/^@redis\/client$/, './redis.cjs'), apart(/^prom-client$/, './prom-client.cjs')],
})
await build({
  ...cli,
  entryPoints: { list: 'kubectl-plugin/main.ts' },
  // What watches is in main.cjs alone: start.cjs loads that for `list -w`.
  plugins: [listAlone, noSubprograms, apart(/^\.\/watch\.ts$/, './main.cjs'), apart(/^js-yaml$/, './yaml.cjs'), apart(/^socks$/, './socks.cjs')],
})
const packages = await build({ ...cli, entryPoints: { 'prom-client': 'prom-client', redis: '@redis/client', yaml: 'js-yaml', socks: 'socks' } })
const screen = await build({
  ...cli,
  stdin: screenEntry,
  entryNames: 'screen',
  jsx: 'automatic',
  define: { ...common.define, 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  plugins: [layoutEngine, noDevtools],
})
await cp('kubectl-plugin/launcher.cjs', 'dist/kubectl-leader.cjs')
await chmod('dist/kubectl-leader.cjs', 0o755)
await cp('kubectl-plugin/start.cjs', 'dist/cli/start.cjs')
await writeNotices('dist/cli/THIRD-PARTY-NOTICES.txt', main, packages, screen)
const shipped = bundledPackages([main, packages, screen].map(({ metafile }) => metafile))
await writeFile('dist/bundled-packages.json', JSON.stringify(shipped.map(({ name, version, license }) => ({ name, version, license }))))

await build({
  ...common,
  entryPoints: { index: 'shared/index.ts', testing: 'shared/testing/index.ts' },
  outdir: 'dist',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  external: Object.keys(packageJson.dependencies),
})

// VS Code starts an extension by loading its first file: that has next to nothing in it. The sandbox is loaded by those
// alone who try it.
const extension = {
  ...common,
  format: 'cjs',
  minify: true,
  // VS Code 1.106 has Node 22.20 or later.
  target: 'node22.19',
  external: ['vscode'],
  supported: { 'dynamic-import': false },
}
// esbuild copies VS Code's API, member by member, for each file that imports it as a namespace: for 70 files, that is 6 MB
// of the extension host, and 18 ms of the 53 that its code takes to load.
const sharedApi = {
  name: 'shared-api',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]extension[\\/].*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace("import * as vscode from 'vscode'", "const vscode = require('vscode')"),
      loader: 'ts',
    }))
  },
}
await build({
  ...extension,
  entryPoints: ['extension/extension.ts'],
  outfile: 'dist/extension.cjs',
  plugins: [sharedApi, apart(/\/app\.ts$/, './extension/app.cjs')],
})
const app = await build({
  ...extension,
  entryPoints: { app: 'extension/app.ts', 'debug-watchdog': 'extension/debug/watchdog.ts', sandbox: 'extension/clusters/running-sandbox.ts' },
  outdir: 'dist/extension',
  outExtension: { '.js': '.cjs' },
  plugins: [sharedApi, apart(/\/running-sandbox\.ts$/, './sandbox.cjs')],
})

// The timeline's page: for a browser, in one file, since its policy lets it load nothing else.
const timeline = await build({
  ...common,
  platform: 'browser',
  target: 'chrome128',
  format: 'iife',
  minify: true,
  entryPoints: { timeline: 'extension/timeline/webview/main.ts' },
  outdir: 'dist/extension',
})
await cp('extension/timeline/webview/timeline.css', 'dist/extension/timeline.css')
await writeNotices('dist/extension/THIRD-PARTY-NOTICES.txt', app, timeline)

// V8 keeps a source in two bytes per character for the sake of one that is not in Latin-1. esbuild escapes those in strings,
// but not those in regular expressions and tagged templates.
const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
for (const name of (await readdir('dist', { recursive: true })).filter((each) => each.endsWith('.cjs'))) {
  const file = join('dist', name)
  await writeFile(file, (await readFile(file, 'utf8')).replace(/[^\0-\x7f]/g, escaped))
}
