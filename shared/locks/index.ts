export { AnnotationLock, type AnnotatedKind } from './annotation-lock.ts'
export { isLostRace, LockError, type LockErrorKind } from './errors.ts'
export { ACKNOWLEDGEMENT_ANNOTATION, HANDOVER_ANNOTATION, type HandoverLock } from './handover.ts'
export { LeaseLock } from './lease-lock.ts'
export {
  clusterLock,
  parseLockAddress,
  type ClusterLockAddress,
  type LockAddress,
  type RedisLockAddress,
} from './lock-address.ts'
export { LockAddressError } from './lock-address-error.ts'
export type { Acknowledgement, Lock, LockedRecord, LockEvent, LockRefusal } from './lock.ts'
export { observedLock, type LockObserver, type LockRequest } from './observed-lock.ts'
export { RedisLock } from './redis-lock.ts'
export type { ObjectLockOptions, ObjectPlace } from './object-lock.ts'
export type { RedisAddress } from './redis-address.ts'
export { compareVersions } from './version.ts'
