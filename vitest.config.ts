import { configDefaults, defineConfig } from 'vitest/config'
import { SLOW } from './vitest.real.config.ts'

// What `npm test` runs: all but what needs a real API server, a VS Code, or a lot of time: vitest.real.config.ts has those.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: [
      ...configDefaults.exclude,
      'test/**/*.real.test.ts',
      'test/conformance/real.test.ts',
      ...SLOW,
      // `npm run mutations` runs it: see CONTRIBUTING.md.
      'test/simulation/mutations/mutations.test.ts',
      'test/vscode/**',
      'test/bench/**',
    ],
    // Each file has modules of its own, on purpose: without this line, vitest advises against it at the end of each run.
    isolate: true,
    // Many wait more than they compute.
    maxWorkers: 6,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
