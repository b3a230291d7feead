/**
 * For testing your own lock: `import { lockConformance } from 'kubectl-leader/testing'`.
 *
 * @packageDocumentation
 */
export { lockConformance, type LockCase, type LockPlace, type LockTraits } from './lock-conformance.ts'
