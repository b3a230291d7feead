import path from 'node:path'
import { configDefaults, defineConfig } from 'vitest/config'
import type { Mutation } from './mutation.ts'
import { planted, ROOT } from './plant.ts'

// Unit tests on a source with a mistake in it: see catching.ts, which says which tests and which mistake.
const mutation = JSON.parse(process.env['MUTATION']!) as Mutation | null
const contents = mutation && (await planted(mutation))

export default defineConfig({
  root: ROOT,
  plugins: [
    {
      name: 'plant',
      enforce: 'pre',
      transform: (_code, id) => (mutation && id.split('?')[0] === path.join(ROOT, mutation.file) ? contents : null),
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/**/*.real.test.ts', 'test/join/join-loss.test.ts', 'test/election/process-deadline.test.ts'],
    // What was kept of another mistake's sources would be taken for this one's.
    fsModuleCache: false,
    bail: 1,
    maxWorkers: 1,
    isolate: false,
    testTimeout: 20_000,
  },
})
