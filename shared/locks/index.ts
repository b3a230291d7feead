export { LockError, type LockErrorKind } from './errors.ts'
export type { Lock, LockedRecord, LockEvent } from './lock.ts'
export { compareVersions } from './version.ts'
