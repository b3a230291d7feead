import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { historyJson } from '../../../shared/history/history-json.ts'
import { historyFrom } from '../../support/read-audit.ts'
import { atLevel, changed, without } from '../audited/logs.ts'
import { expectExact, expectTrue, type HistoryOutput, type Led } from '../audited/truth.ts'

/** The real log in this folder, compared with what its candidates reported. */
const read = (file: string): Buffer => readFileSync(new URL(file, import.meta.url))
const LOG = gunzipSync(read('audit.jsonl.gz')).toString()
const JOURNAL = read('journal.jsonl').toString().trimEnd().split('\n').map((line) => JSON.parse(line) as Entry)
const OPS = 'ops@example.com'
const LEASE_MS = 6_000
const LOGS = { RequestResponse: LOG, Request: changed(LOG, atLevel('Request')), Metadata: changed(LOG, atLevel('Metadata')) }

interface Entry {
  readonly time: string
  readonly lease: string
  readonly by: string
  readonly did: string
}

/** What was written by hand, as `writesByOthers` names it. */
const BY_HAND: Readonly<Record<string, readonly string[]>> = {
  'elect-handover-0': [],
  'elect-crash-0': [],
  'elect-patched-0': ['emptied'],
  'elect-patched-1': ['emptied'],
  'elect-patched-2': ['emptied'],
  'elect-given-0': ['given'],
  'elect-deleted-0': ['deleted'],
  'elect-deleted-1': ['deleted'],
  'elect-failover-0': ['blocked', 'released'],
  'elect-paused-0': [],
}
const UNBROKEN = ['elect-patched-0', 'elect-patched-1', 'elect-deleted-1']
const UNBOUNDED = ['elect-crash-0', 'elect-paused-0']

function truthOf(name: string): Led[] {
  const told = JOURNAL.filter(({ lease }) => lease === name)
  return told.flatMap(({ did, by, time }): Led[] => {
    if (did !== 'started leading') return []
    const end = told.find((other) => other.by === by && (other.did === 'stopped leading' || other.did === 'killed'))!
    return [{ identity: by, start: at(time), stop: at(end.time) }]
  })
}

const at = (time: string): Led['start'] => ({ fromMs: Date.parse(time), toMs: Date.parse(time) })
const lengthMs = ({ from, to }: { readonly from: string | null; readonly to: string | null }): number => (to === null ? Infinity : Date.parse(to) - Date.parse(from!))
const usersOf = ({ writesByOthers }: HistoryOutput): string[] => [...new Set(writesByOthers.map(({ by }) => by.user))]

/** What is told of one election by a log of this level. */
function told(name: string, level: keyof typeof LOGS, change: (lines: string) => string = (lines) => lines): HistoryOutput {
  const lines = LOGS[level].split('\n').filter((line) => line.includes(`"${name}"`))
  return JSON.parse(JSON.stringify(historyJson(historyFrom([change(lines.join('\n')).trimEnd().split('\n')], name)))) as HistoryOutput
}

describe.each(Object.keys(BY_HAND))('%s', (name) => {
  const truth = truthOf(name)
  const whole = told(name, 'RequestResponse')

  it('is told as its candidates report it', () => {
    expect(whole.terms.map(({ holderIdentity }) => holderIdentity)).toEqual(truth.map(({ identity }) => identity))
    expectExact(whole, truth)
    expectTrue(whole, truth)
    expect(whole.missing).toEqual([])
    expect(whole.terms).toHaveLength(UNBROKEN.includes(name) ? 1 : 2)
    expect(whole.terms.some(({ end }) => end!.to === null)).toBe(UNBOUNDED.includes(name))
    for (const { end, lastSuccess, renewalIntervalMs } of whole.terms) {
      if (end!.bound === 'lease-duration') expect(Date.parse(end!.to!) - Date.parse(lastSuccess.to)).toBeLessThanOrEqual(LEASE_MS + renewalIntervalMs! + 1)
    }
    expect(whole.writesByOthers.map(({ what }) => what)).toEqual(BY_HAND[name])
    expect(usersOf(whole)).toEqual(BY_HAND[name]!.length === 0 ? [] : [OPS])
  })

  it('is told in less detail at level Request, and as truly', () => {
    const history = told(name, 'Request')
    expectExact(history, truth)
    expectTrue(history, truth)
    expect(history.uncheckedLinks).toBeGreaterThan(whole.uncheckedLinks)
    expect(history.missing).toEqual([])
    expect(history.writesByOthers).toEqual(whole.writesByOthers)
    for (const [index, { end }] of history.terms.entries()) expect(lengthMs(end!)).toBeGreaterThanOrEqual(lengthMs(whole.terms[index]!.end!))
  })

  it('is told by its users only at level Metadata', () => {
    const history = told(name, 'Metadata')
    expect(history).toMatchObject({ terms: [], leaderless: [], missing: [] })
    expect(usersOf(history)).toEqual(usersOf(whole))
    expect(history.writesByOthers.every(({ what }) => what === 'unknown' || what === 'deleted')).toBe(true)
    expect(history.activity.map(({ by }) => by.user)).toEqual(['system:serviceaccount:shop:checkout'])
  })
})

describe.each(['RequestResponse', 'Request'] as const)('a log of level %s of which 5s are lost', (level) => {
  const firstMs = Date.parse(JOURNAL[0]!.time)

  it.each([9, 11, 13, 15, 17, 35])('after %i s, has nothing false told of it', (seconds) => {
    const fromMs = firstMs + seconds * 1_000
    for (const name of Object.keys(BY_HAND)) expectTrue(told(name, level, (log) => changed(log, without(fromMs, fromMs + 5_000))), truthOf(name))
  })
})
