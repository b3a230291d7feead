import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holderReadings } from '../../shared/lease/holder.ts'
import { electionFromAnnotated, electionFromLease, type Election } from '../../shared/lease/election.ts'
import { isSameRecord, LEADER_ANNOTATION, recordFromAnnotation } from '../../shared/lease/record.ts'
import { observe } from '../../shared/lease/observation.ts'
import { statusOf } from '../../shared/lease/status.ts'
import { timestampMs } from '../../shared/lease/timestamp.ts'
import { recordWarnings } from '../../shared/lease/warnings.ts'
import { acknowledgementFrom, acknowledgementText, handoverMark, isHandedOver } from '../../shared/locks/handover.ts'
import { writeRecordJson } from '../../shared/locks/annotation-record.ts'
import { podFacts } from '../../shared/cluster/holders/pods.ts'
import { electionColumns } from '../../kubectl-plugin/output/election-columns.ts'
import { rowJson } from '../../kubectl-plugin/output/election-json.ts'
import { electionOrder } from '../../kubectl-plugin/output/election-order.ts'
import { electionRows } from '../../kubectl-plugin/output/election-row.ts'
import { describeLines } from '../../kubectl-plugin/output/describe-lines.ts'
import { tableLines } from '../../kubectl-plugin/output/table.ts'
import { eventLine } from '../../kubectl-plugin/watch/event-line.ts'
import { eventJson } from '../../kubectl-plugin/watch/event-json.ts'
import { columnsOf } from '../../shared/text-columns.ts'
import { anyJson, anyLease, anyRecordText, hostileText, objectOf, UNPRINTABLE } from './arbitrary.ts'

const NOW = { monotonicMs: 1_000_000, wallMs: Date.UTC(2026, 10, 21) }
const ALL_COLUMNS = { hasNamespace: true, isWide: true, hasCategory: true, hasStrategy: true, labelColumns: ['app'], hasLabels: true }

const anyElection: fc.Arbitrary<Election> = fc.oneof(
  anyLease.map(electionFromLease),
  fc
    .tuple(anyLease, anyRecordText)
    .map(([object, text]) => {
      const metadata = typeof object === 'object' && object !== null ? (object as { metadata?: object }).metadata : {}
      return electionFromAnnotated('configmap', { metadata: { ...metadata, annotations: { [LEADER_ANNOTATION]: text } } })
    })
    .filter((election) => election !== null),
)

function expectHarmless(lines: Iterable<string>): void {
  for (const line of lines) expect(line).not.toMatch(UNPRINTABLE)
}

describe('whatever stands where an election record should', () => {
  it('is read without a throw, into the types that are promised', () => {
    fc.assert(
      fc.property(anyElection, ({ record, labels, annotations, name }) => {
        expect(typeof name).toBe('string')
        expect(typeof record.holderIdentity).toBe('string')
        expect(Number.isFinite(record.leaseTransitions)).toBe(true)
        expect(record.leaseDurationSeconds === null || Number.isFinite(record.leaseDurationSeconds)).toBe(true)
        for (const value of [...Object.values(labels), ...Object.values(annotations)]) expect(typeof value).toBe('string')
        expect(isSameRecord(record, { ...record })).toBe(true)
      }),
    )
  })

  it('is shown in a table without one character that a terminal would act on', () => {
    fc.assert(
      fc.property(fc.array(anyElection, { maxLength: 4 }), fc.option(fc.integer({ min: 20, max: 200 })), (elections, width) => {
        const rows = electionRows(elections, NOW)
        expectHarmless(tableLines(electionColumns(ALL_COLUMNS), rows, { width, hasHeadings: true, isColored: false }))
      }),
    )
  })

  it('is sorted by any column', () => {
    const columns = fc.constantFrom('name', 'holder', 'state', 'renewed', 'expires', 'transitions', 'age', '.acquireTime')
    fc.assert(
      fc.property(fc.array(anyElection, { maxLength: 6 }), columns, (elections, column) => {
        const rows = electionRows(elections, NOW)
        const order = electionOrder(column)
        for (const a of rows) {
          for (const b of rows) expect(Math.sign(order(a, b)) + Math.sign(order(b, a))).toBe(0)
        }
        expect([...rows].sort(order)).toHaveLength(rows.length)
      }),
    )
  })

  it('is JSON for programs that says the same', () => {
    fc.assert(
      fc.property(anyElection, (election) => {
        const [row] = electionRows([election], NOW)
        const read = JSON.parse(JSON.stringify(rowJson(row!))) as { holderIdentity: string; expiresInSeconds: unknown }
        expect(read.holderIdentity).toBe(election.record.holderIdentity)
        expect(read.expiresInSeconds === null || Number.isFinite(read.expiresInSeconds)).toBe(true)
      }),
    )
  })

  it('is described, and told as an event in one line', () => {
    const types = fc.constantFrom('added', 'acquired', 'renewed', 'late', 'recovered', 'released', 'expired', 'deleted')
    fc.assert(
      fc.property(anyElection, types, hostileText, (election, type, previous) => {
        const status = statusOf(observe(undefined, election.record, NOW.monotonicMs), NOW)
        const warnings = recordWarnings(election, status)
        const notice = { type: previous, reason: previous, message: previous, lastTime: previous, count: 2, source: previous }
        const details = { election, holder: null, node: null, owners: [], siblings: [], nodes: new Map(), podOf: () => null, leaseCandidates: [], notices: [notice], noticesGap: null, gaps: [{ message: previous }] }
        expectHarmless(describeLines({ details, status, warnings, wallMs: NOW.wallMs, isColored: false, watchCommand: 'watch' }))
        const event = { type, wallMs: NOW.wallMs, election, status, previousHolderIdentity: previous } as const
        expectHarmless([eventLine(event)])
        expect(JSON.parse(eventJson(event))).toMatchObject({ type })
      }),
    )
  })

  it('has a status whose numbers are finite or null', () => {
    fc.assert(
      fc.property(anyElection, fc.boolean(), fc.double({ noNaN: true, min: 0, max: 1e12 }), (election, hasSeenChange, laterMs) => {
        const observation = { ...observe(undefined, election.record, NOW.monotonicMs), hasSeenChange }
        const later = { monotonicMs: NOW.monotonicMs + laterMs, wallMs: NOW.wallMs + laterMs }
        const { expiresInMs, unchangedForMs } = statusOf(observation, later)
        for (const ms of [expiresInMs, unchangedForMs]) expect(ms === null || Number.isFinite(ms)).toBe(true)
      }),
    )
  })
})

describe('a record that is written', () => {
  const seconds = fc.option(fc.integer({ min: 1, max: 1e9 }))
  const text = fc.option(hostileText.filter((each) => each !== ''))
  const record = fc.record({
    holderIdentity: hostileText,
    leaseDurationSeconds: seconds.map((each) => each ?? 0),
    leaseTransitions: fc.nat(),
    acquireTime: text,
    renewTime: text,
    strategy: text,
    preferredHolder: text,
  })

  it('is read as it was, and keeps what stood beside it', () => {
    fc.assert(
      fc.property(record, fc.dictionary(fc.string().map((key) => `other-${key}`), anyJson, { maxKeys: 3 }), (written, other) => {
        const json = writeRecordJson(written, JSON.stringify(other))
        expect(isSameRecord(recordFromAnnotation(json)!, written)).toBe(true)
        expect(JSON.parse(json)).toMatchObject(JSON.parse(JSON.stringify(other)) as object)
      }),
    )
  })

  it('is handed over only by a mark of its own renewal', () => {
    fc.assert(
      fc.property(record, anyJson, fc.stringMatching(/^\S+$/), (written, mark, nonce) => {
        const isHeld = written.renewTime !== null && written.holderIdentity !== ''
        expect(isHandedOver(handoverMark(nonce, written), written)).toBe(isHeld)
        const renewed = { ...written, renewTime: `${written.renewTime} later` }
        expect(isHandedOver(handoverMark(nonce, written), renewed)).toBe(false)
        expect(typeof isHandedOver(mark, written)).toBe('boolean')
      }),
    )
  })

  it('is acknowledged in words that say who and what', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\S+$/), hostileText.filter((identity) => identity !== ''), anyJson, (nonce, identity, other) => {
        expect(acknowledgementFrom(acknowledgementText({ nonce, identity }))).toEqual({ nonce, identity })
        expect(() => acknowledgementFrom(other)).not.toThrow()
      }),
    )
  })
})

describe('times and holders', () => {
  it('of any text are a time or none', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText, fc.date({ noInvalidDate: true }).map((date) => date.toISOString())), (text) => {
        const ms = timestampMs(text)
        expect(ms === null || Number.isSafeInteger(ms)).toBe(true)
      }),
    )
  })

  it('as machines write them, with six digits of a second, are read to the millisecond', () => {
    const dates = fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(dates, fc.nat({ max: 999 }), (date, micros) => {
        const text = date.toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`)
        expect(timestampMs(text)).toBe(date.getTime())
      }),
    )
  })

  it('with an offset without a colon, as Java clients write them, are the same', () => {
    const expected = Date.UTC(2026, 10, 28, 7, 40, 0, 418)
    for (const offset of ['09:40:00.418+0200', '09:40:00.418+02:00', '07:40:00.418Z', '04:10:00.418-0330']) {
      expect(timestampMs(`2026-11-28T${offset}`)).toBe(expected)
    }
  })

  it('of any identity are names that a Pod may have', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText, fc.stringMatching(/^[a-z0-9._/:-]{0,80}$/)), hostileText, (identity, electionName) => {
        for (const { name } of holderReadings(identity, electionName)) expect(name).toMatch(/^[a-z0-9][-.a-z0-9]{0,252}$/)
      }),
    )
  })

  it('of any Pod are facts', () => {
    const list = fc.oneof(anyJson, fc.array(objectOf({ name: anyJson, state: anyJson, type: anyJson, status: anyJson, restartCount: anyJson, ready: anyJson }), { maxLength: 3 }))
    const pod = objectOf({
      metadata: fc.oneof(anyJson, objectOf({ name: anyJson, namespace: anyJson, ownerReferences: list, labels: anyJson })),
      spec: fc.oneof(anyJson, objectOf({ nodeName: anyJson, containers: list, hostname: anyJson })),
      status: fc.oneof(anyJson, objectOf({ conditions: list, containerStatuses: list, initContainerStatuses: list, phase: anyJson })),
    })
    fc.assert(
      fc.property(pod, (object) => {
        const facts = podFacts(object)
        expect(typeof facts.name).toBe('string')
        expect(Number.isFinite(facts.restarts)).toBe(true)
      }),
    )
  })

  it('in a table that fits its terminal are no wider than it', () => {
    fc.assert(
      fc.property(fc.array(anyElection, { minLength: 1, maxLength: 3 }), (elections) => {
        const narrow = { ...ALL_COLUMNS, isWide: false, hasCategory: false, hasLabels: false, hasStrategy: false }
        const rows = electionRows(elections, NOW)
        const whole = [...tableLines(electionColumns(narrow), rows, { width: null, hasHeadings: true, isColored: false })]
        const widest = Math.max(...whole.map(columnsOf))
        for (const line of tableLines(electionColumns(narrow), rows, { width: 200, hasHeadings: true, isColored: false })) {
          expect(columnsOf(line)).toBeLessThanOrEqual(Math.max(widest, 200))
        }
      }),
    )
  })
})
