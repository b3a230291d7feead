import { defineConfig } from 'vitest/config'

// What `npm run mutations` runs: plants each mistake of test/simulation/mutations, and wants it caught. It takes long.
export default defineConfig({ test: { include: ['test/simulation/mutations/mutations.test.ts'], testTimeout: 600_000 } })
