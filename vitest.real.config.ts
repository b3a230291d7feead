import { configDefaults, defineConfig } from 'vitest/config'

/** What needs nothing but time. */
export const SLOW = ['test/join/join-loss.test.ts', 'test/label/leader-target.test.ts', 'test/examples/*.test.ts']

/** What builds the program anew, as npm and newcomers do: not while others use it. */
const BUILDING = ['test/release/npm-package.real.test.ts', 'test/docs/first-minutes.real.test.ts']

// What `npm run test:real` runs: what needs a real kube-apiserver with etcd, a real terminal or a real Redis, and what
// takes long. Most of it waits more than it computes.
export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 180_000,
    projects: [
      {
        extends: true,
        test: { name: 'building', include: BUILDING, fileParallelism: false, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/**/*.real.test.ts', 'test/conformance/real.test.ts', ...SLOW],
          exclude: [...configDefaults.exclude, ...BUILDING],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
