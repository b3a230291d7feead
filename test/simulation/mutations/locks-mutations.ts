import { mistakesIn, type MutatedPart } from './mutation.ts'

/** Locks, as far as they can be tried without storage. */
export const LOCKS: MutatedPart = {
  tests: ['test/locks', 'test/election'],
  mutations: [
    ...mistakesIn(
      'shared/locks/version.ts',
      ['versions are compared as text', 'if (left.length !== right.length) return left.length - right.length\n', ''],
    ),
  ],
}
