import { configDefaults, defineConfig } from 'vitest/config'

// What `npm run test:vscode` runs: the extension as it ships, in a real VS Code of its own for each file.
export default defineConfig({
  test: {
    include: ['test/vscode/**/*.test.ts'],
    // Mocha's, for the extension host: test/vscode/host.test.ts has them run there.
    exclude: [...configDefaults.exclude, 'test/vscode/host/**'],
    globalSetup: ['test/vscode/support/global-setup.ts'],
    maxWorkers: 2,
    disableConsoleIntercept: true,
    testTimeout: 240_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000, interval: 200 } },
  },
})
