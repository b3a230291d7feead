import { configDefaults, defineConfig } from 'vitest/config'

// What `npm test` runs: all but what needs a real API server, a VS Code, or a lot of time: vitest.real.config.ts has those.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: [
      ...configDefaults.exclude,
      'test/**/*.real.test.ts',
      'test/conformance/real.test.ts',
      'test/simulation/mutations.test.ts',
      'test/vscode/**',
      'test/bench/**',
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
