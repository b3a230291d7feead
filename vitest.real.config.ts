import { defineConfig } from 'vitest/config'

// What `npm run test:real` runs: what needs a real kube-apiserver with etcd, a real terminal or a real Redis, and what
// takes long; one file after the other.
export default defineConfig({
  test: {
    include: ['test/**/*.real.test.ts', 'test/conformance/real.test.ts', 'test/simulation/mutations.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
})
