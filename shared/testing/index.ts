/**
 * For the tests of whoever writes a lock of their own: `import { lockConformance } from 'kubectl-leader/testing'`.
 *
 * @packageDocumentation
 */
export { lockConformance, type LockCase, type LockPlace, type LockTraits } from './lock-conformance.ts'
