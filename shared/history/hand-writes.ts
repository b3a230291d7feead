import { isBlocking } from '../lease/placeholder.ts'
import type { ElectionRecord } from '../lease/record.ts'
import { writerKey, type Writer } from './audit/writer.ts'
import { isAcquisition, type Owners } from './owners.ts'
import type { Conflict, Sequence, Step } from './step.ts'
import type { HandWrite } from './term.ts'

/** Every write by a client that is not the holder that it concerns, in order. */
export function handWrites({ steps, uncertain }: Sequence, owners: Owners): HandWrite[] {
  const found: HandWrite[] = []
  const regular = regularAccounts(steps)
  let holder: string | null = null
  let record: ElectionRecord | null = null
  for (const step of steps) {
    const written = step.write && handWriteOf(step, holder, record, owners, regular)
    if (written) pushOrCount(found, written)
    const { result } = step
    record = result.known === 'record' ? result.record : result.known === 'unchanged' ? record : null
    if (result.known === 'record') holder = result.record.holderIdentity
    else if (result.known === 'holder') holder = result.holderIdentity
    else if (result.known !== 'unchanged') holder = result.known === 'gone' ? '' : null
  }
  for (const request of uncertain) {
    const written = uncertainWrite(request, owners, regular)
    if (written) found.push(written)
  }
  return found.sort((a, b) => a.fromMs - b.fromMs)
}

function handWriteOf(step: Step, holder: string | null, before: ElectionRecord | null, owners: Owners, regular: ReadonlySet<string>): HandWrite | null {
  const { result, at } = step
  const write = step.write!
  const { writer, verb } = write
  const found = (what: HandWrite['what'], holderIdentity: string | null, isPresumed = false): HandWrite => ({
    fromMs: at.fromMs,
    toMs: at.toMs,
    writer,
    verb,
    what,
    holderIdentity,
    count: 1,
    candidate: owners.identityOf(writer),
    isPresumed,
    isUncertain: false,
  })
  switch (result.known) {
    case 'gone':
      return found('deleted', holder)
    case 'unchanged':
      return found('changed', holder)
    case 'unknown':
      return isRegular(writer, verb, regular) ? null : found(verb === 'delete' || verb === 'deletecollection' ? 'deleted' : 'unknown', null, verb === 'update' || verb === 'create')
    case 'holder':
    case 'record': {
      const record = result.known === 'record' ? result.record : null
      const next = record?.holderIdentity ?? (result.known === 'holder' ? result.holderIdentity : '')
      if (isBlocking(next)) return found('blocked', next)
      if (next === '') {
        if (holder === '' || holder === null) return isRegular(writer, verb, regular) ? null : found('changed', '')
        if (isBlocking(holder)) return found('released', holder)
        if (!owners.isOwner(write, holder)) return found('emptied', holder, isSameProgram(writer, holder, owners))
        return writer.podUid === null && record !== null && record.renewTime === before?.renewTime ? found('emptied', holder, true) : null
      }
      if (owners.isOwner(write, next)) return null
      if (next === holder) return found('changed', next)
      // The only write of an identity that never renewed: its own, as far as its form tells.
      if (owners.identityOf(writer) === null && record !== null && isAcquisition(record) && isRegular(writer, verb, regular)) return null
      return found('given', next, isSameProgram(writer, next, owners))
    }
  }
}

/** Whether the writer's process also is that candidate, so that only the form of the request tells that a person sent it. */
function isSameProgram(writer: Writer, identity: string, owners: Owners): boolean {
  return writer.podUid === null && owners.owns(writer, identity)
}

function uncertainWrite({ at, write }: Conflict, owners: Owners, regular: ReadonlySet<string>): HandWrite | null {
  const { writer, verb, result } = write
  const holderIdentity = result.known === 'record' ? result.record.holderIdentity : result.known === 'holder' ? result.holderIdentity : null
  const isOwn = holderIdentity ? owners.isOwner(write, holderIdentity) : isRegular(writer, verb, regular)
  if (isOwn) return null
  const what = verb === 'delete' || verb === 'deletecollection' ? 'deleted' : holderIdentity === null ? 'unknown' : holderIdentity === '' ? 'emptied' : isBlocking(holderIdentity) ? 'blocked' : 'given'
  return { fromMs: at.fromMs, toMs: at.toMs, writer, verb, what, holderIdentity, count: 1, candidate: owners.identityOf(writer), isPresumed: false, isUncertain: true }
}

/**
 * The accounts that write most of an election's updates: its candidates, as far as a log without objects shows. Several may
 * run as one account.
 */
export function regularAccounts(steps: readonly Step[]): ReadonlySet<string> {
  const counts = new Map<string, number>()
  let total = 0
  for (const { write } of steps) {
    if (write?.verb !== 'update' && write?.verb !== 'create') continue
    total++
    counts.set(accountKey(write.writer), (counts.get(accountKey(write.writer)) ?? 0) + 1)
  }
  const most = [...counts].sort((a, b) => b[1] - a[1])[0]
  return new Set(most && most[1] * 2 > total ? [most[0]] : [])
}

export function isRegular(writer: Writer, verb: string, regular: ReadonlySet<string>): boolean {
  return (verb === 'update' || verb === 'create') && regular.has(accountKey(writer))
}

function accountKey({ user, impersonated }: Writer): string {
  return [user, impersonated ?? ''].join('\n')
}

/** The renewals of a lease that is blocked, and repeated changes by the same writer, are one entry. */
function pushOrCount(found: HandWrite[], write: HandWrite): void {
  const last = found.at(-1)
  const isSame =
    last !== undefined && last.what === write.what && (write.what === 'blocked' || write.what === 'changed' || (write.what === 'unknown' && write.verb === 'update')) &&
    last.holderIdentity === write.holderIdentity && last.verb === write.verb && writerKey(last.writer) === writerKey(write.writer)
  if (isSame) found.splice(-1, 1, { ...last, toMs: write.toMs, count: last.count + 1 })
  else found.push(write)
}
