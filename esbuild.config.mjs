// Builds everything that ships into dist/: the launcher and the CLI, the library, and the extension.
import { chmod, cp, rm, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'
import packageJson from './package.json' with { type: 'json' }
import { bundledPackages, noticesOf } from './release/notices.ts'

const common = {
  bundle: true,
  platform: 'node',
  target: 'node22.19',
  logLevel: 'warning',
  legalComments: 'none',
  metafile: true,
  define: { __VERSION__: JSON.stringify(packageJson.version) },
}

const cli = { ...common, outdir: 'dist/cli', minify: true }

// The terminal UI is a file of its own, loaded when a terminal is drawn on: it is half of all code, and can only be an
// ES module (its layout engine is awaited at the top level).
const screenApart = {
  name: 'screen-apart',
  setup({ onResolve }) {
    onResolve({ filter: /\/watch-on-screen\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './screen.mjs', external: true } : undefined,
    )
  },
}

// The Redis client is half as large as all the rest, and needed by those alone whose election is in Redis.
const redisApart = {
  name: 'redis-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^@redis\/client$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './redis.cjs', external: true } : undefined,
    )
  },
}

// ink loads React's developer tools where DEV is set, which it never is here; esbuild would load them always.
const devtoolsApart = {
  name: 'devtools-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/devtools\.js$/ }, ({ path }) => ({ path, external: true }))
  },
}

/** Names the packages that bundles contain, and their licences. */
async function writeNotices(file, ...results) {
  await writeFile(file, noticesOf(bundledPackages(results.map(({ metafile }) => metafile))))
}

await rm('dist', { recursive: true, force: true })

// CommonJS, because it starts faster: Node's loader of ES modules costs more than all the code here does, and an ES
// import of node:http reads all its exports at once, one of which loads the whole of Node's fetch.
const main = await build({
  ...cli,
  entryPoints: { main: 'kubectl-plugin/main.ts', watchdog: 'kubectl-plugin/join/watchdog.ts' },
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  plugins: [screenApart, redisApart],
})
const redis = await build({ ...cli, entryPoints: { redis: '@redis/client' }, format: 'cjs', outExtension: { '.js': '.cjs' } })
const screen = await build({
  ...cli,
  entryPoints: { screen: 'kubectl-plugin/watch/watch-on-screen.ts' },
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  jsx: 'automatic',
  define: { ...common.define, 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  // Dependencies written as CommonJS call require() for Node's own modules.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  plugins: [devtoolsApart],
})
await cp('kubectl-plugin/launcher.cjs', 'dist/kubectl-leader.cjs')
await chmod('dist/kubectl-leader.cjs', 0o755)
await cp('kubectl-plugin/start.cjs', 'dist/cli/start.cjs')
await writeNotices('dist/cli/THIRD-PARTY-NOTICES.txt', main, redis, screen)

await build({
  ...common,
  entryPoints: { index: 'shared/index.ts' },
  outdir: 'dist',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  external: Object.keys(packageJson.dependencies),
})

// VS Code starts an extension by loading its first file: that has next to nothing in it. The sandbox is loaded by those
// alone who try it.
const apart = (filter, file) => ({
  name: `apart: ${file}`,
  setup({ onResolve }) {
    onResolve({ filter }, ({ kind }) => (kind === 'dynamic-import' ? { path: file, external: true } : undefined))
  },
})
const extension = {
  ...common,
  format: 'cjs',
  minify: true,
  // VS Code 1.101 has Node 22.15.
  target: 'node22.15',
  external: ['vscode'],
  supported: { 'dynamic-import': false },
}
await build({
  ...extension,
  entryPoints: ['extension/extension.ts'],
  outfile: 'dist/extension.cjs',
  plugins: [apart(/\/app\.ts$/, './extension/app.cjs')],
})
const app = await build({
  ...extension,
  entryPoints: { app: 'extension/app.ts', sandbox: 'extension/clusters/running-sandbox.ts' },
  outdir: 'dist/extension',
  outExtension: { '.js': '.cjs' },
  plugins: [apart(/\/running-sandbox\.ts$/, './sandbox.cjs')],
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
