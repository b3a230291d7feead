import { defineConfig } from 'vitest/config'

// What `npm run test:real` runs: against a real kube-apiserver with etcd, one file after the other.
export default defineConfig({
  test: {
    include: ['test/**/*.real.test.ts', 'test/conformance/real.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
})
