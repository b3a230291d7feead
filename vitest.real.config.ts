import { defineConfig } from 'vitest/config'

/** What needs nothing but time. */
export const SLOW = ['test/simulation/mutations.test.ts', 'test/join/join-loss.test.ts', 'test/examples/*.test.ts']

// What `npm run test:real` runs: what needs a real kube-apiserver with etcd, a real terminal or a real Redis, and what
// takes long; one file after the other.
export default defineConfig({
  test: {
    include: ['test/**/*.real.test.ts', 'test/conformance/real.test.ts', ...SLOW],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
})
