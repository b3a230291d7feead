import type { ElectionRecord } from '../lease/record.ts'
import type { LockedRecord, LockEvent } from '../locks/lock.ts'

/**
 * Checks the answer of a {@link Lock}. Any program may implement one, and the elector decides by its answers.
 *
 * @returns a copy, so that the lock cannot change it afterwards
 * @throws TypeError if the answer has the wrong shape; its message says in one clause what is wrong
 */
export function checkedLocked(answer: unknown): LockedRecord {
  const { record, version, handedOver, acknowledgement } = objectOf(answer, 'it')
  if (typeof handedOver !== 'boolean') throw wrong('handedOver', handedOver, 'true or false')
  const said = acknowledgement === undefined || acknowledgement === null ? null : objectOf(acknowledgement, 'acknowledgement')
  if (said !== null) {
    checkString('acknowledgement.nonce', said['nonce'])
    checkString('acknowledgement.identity', said['identity'])
  }
  return {
    ...(answer as LockedRecord),
    record: checkedRecord(record),
    version: checkedVersion(version),
    handedOver,
    acknowledgement: said as LockedRecord['acknowledgement'] & object | null,
  }
}

/** @throws TypeError as {@link checkedLocked} */
export function checkedEvent(event: unknown): LockEvent {
  const { type, locked, version } = objectOf(event, 'it')
  if (type === 'written') return { type, locked: checkedLocked(locked) }
  if (type === 'deleted') return { type, version: checkedVersion(version) }
  throw wrong('type', type, "'written' or 'deleted'")
}

function checkedRecord(given: unknown): ElectionRecord {
  const record = objectOf(given, 'record')
  checkString('record.holderIdentity', record['holderIdentity'])
  checkNumber('record.leaseTransitions', record['leaseTransitions'])
  if (record['leaseDurationSeconds'] !== null) checkNumber('record.leaseDurationSeconds', record['leaseDurationSeconds'])
  for (const name of ['acquireTime', 'renewTime', 'strategy', 'preferredHolder'] as const) {
    if (record[name] !== null) checkString(`record.${name}`, record[name])
  }
  return { ...(record as unknown as ElectionRecord) }
}

function checkedVersion(version: unknown): string {
  if (typeof version !== 'string' || !/^\d+$/.test(version)) throw wrong('version', version, 'a string of decimal digits')
  return version
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name, value, 'an object')
  return value as Readonly<Record<string, unknown>>
}

function checkString(name: string, value: unknown): void {
  if (typeof value !== 'string') throw wrong(name, value, 'a string')
}

function checkNumber(name: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(name, value, 'a finite number')
}

function wrong(name: string, value: unknown, expected: string): TypeError {
  return new TypeError(`${name} is ${shown(value)}, not ${expected}`)
}

/** Describes a value in a word or two. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `the string ${JSON.stringify(value.slice(0, 40))}`
  if (typeof value === 'number' || typeof value === 'boolean') return `the ${typeof value} ${String(value)}`
  if (value === null || value === undefined) return String(value)
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`
}
