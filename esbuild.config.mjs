// Builds everything that ships into dist/: the launcher and the CLI, and the library.
import { chmod, cp, rm } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { build } from 'esbuild'
import packageJson from './package.json' with { type: 'json' }

const common = {
  bundle: true,
  platform: 'node',
  target: 'node22.19',
  format: 'esm',
  logLevel: 'warning',
  legalComments: 'none',
  define: { __VERSION__: JSON.stringify(packageJson.version) },
}

await rm('dist', { recursive: true, force: true })

// Split, so that a command loads only what it uses (the terminal UI, OIDC, proxies… come when needed).
await build({
  ...common,
  entryPoints: { main: 'kubectl-plugin/main.ts' },
  outdir: 'dist/cli',
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  minify: true,
  keepNames: true,
  jsx: 'automatic',
  // Dependencies written as CommonJS call require() for Node's own modules.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  define: { ...common.define, 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  // ink's devtools are loaded only where DEV is set.
  external: ['react-devtools-core'],
})
await cp('kubectl-plugin/launcher.cjs', 'dist/kubectl-leader.cjs')
await chmod('dist/kubectl-leader.cjs', 0o755)
await cp('kubectl-plugin/start.cjs', 'dist/cli/start.cjs')

await build({
  ...common,
  entryPoints: { index: 'shared/index.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  external: Object.keys(packageJson.dependencies),
})

if (process.argv.includes('--types')) {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.types.json'], { stdio: 'inherit' })
}
