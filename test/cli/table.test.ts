import { describe, expect, it } from 'vitest'
import { electionColumns } from '../../kubectl-plugin/output/election-columns.ts'
import { rowJson } from '../../kubectl-plugin/output/election-json.ts'
import { electionOrder } from '../../kubectl-plugin/output/election-order.ts'
import { electionRows } from '../../kubectl-plugin/output/election-row.ts'
import { tableLines } from '../../kubectl-plugin/output/table.ts'
import { columnsOf } from '../../shared/text-columns.ts'
import { electionFromLease } from '../../shared/lease/election.ts'

const NOW = { monotonicMs: 5_000, wallMs: Date.UTC(2026, 0, 1, 12) }
const at = (secondsAgo: number): string => new Date(NOW.wallMs - secondsAgo * 1000).toISOString()

function lease(name: string, spec: unknown, metadata: Record<string, unknown> = {}): unknown {
  return { metadata: { name, namespace: 'team-a', resourceVersion: '1', creationTimestamp: at(86_400 * 3), ...metadata }, spec }
}

function held(name: string, holderIdentity: string, renewedSecondsAgo = 3): unknown {
  return lease(name, { holderIdentity, leaseDurationSeconds: 15, leaseTransitions: 2, renewTime: at(renewedSecondsAgo) })
}

interface Looks {
  readonly width?: number | null
  readonly hasHeadings?: boolean
  readonly isColored?: boolean
  readonly isWide?: boolean
}

function lines(leases: readonly unknown[], { width = null, hasHeadings = true, isColored = false, isWide = false }: Looks = {}): string[] {
  const columns = electionColumns({ hasNamespace: true, isWide, hasCategory: false, hasStrategy: false, labelColumns: [], hasLabels: false })
  const rows = electionRows(leases.map(electionFromLease), NOW)
  return [...tableLines(columns, rows, { width, hasHeadings, isColored })]
}

/** The cells of the only row, by their headings. */
function cells(object: unknown): Record<string, string> {
  const [headings, row] = lines([object], { isWide: true }).map((line) => line.split(/ {2,}/))
  return Object.fromEntries(headings!.map((heading, index) => [heading, row![index]!]))
}

describe('the table of elections', () => {
  it('has columns like kubectl’s, as wide as their content', () => {
    expect(lines([held('web', 'web-0'), held('a-longer-name', 'pod-1', 20)])).toEqual([
      'NAMESPACE   NAME            HOLDER   STATE      RENEWED   EXPIRES   TRANSITIONS   AGE',
      'team-a      web             web-0    ~held      ~3s       ~12s      2             3d',
      'team-a      a-longer-name   pod-1    ~expired   ~20s      ~5s ago   2             3d',
    ])
  })

  it('has no header with --no-headers', () => {
    expect(lines([held('web', 'web-0')], { hasHeadings: false })).toEqual(['team-a   web   web-0   ~held   ~3s   ~12s   2   3d'])
  })

  it('marks no value that depends on no clock', () => {
    expect(cells(lease('web', { holderIdentity: '', leaseDurationSeconds: 1, renewTime: at(3) }))['STATE']).toBe('released')
    expect(cells(lease('web', { holderIdentity: 'a' }))['STATE']).toBe('unknown')
  })

  it('colors only the state, and only if colors are wanted', () => {
    expect(lines([held('web', 'web-0')], { isColored: true })[1]).toContain('\u001b[32m~held\u001b[0m')
    expect(lines([held('web', 'web-0', 20)], { isColored: true })[1]).toContain('\u001b[31m~expired\u001b[0m')
    expect(lines([held('web', 'web-0')], { isColored: true })[1]!.match(/\u001b/g)).toHaveLength(2)
  })

  describe('on a terminal', () => {
    const long = held('a-lease-with-quite-a-long-name', `pod-with-a-long-name-as-well-7d4b9c6f5-abcde_${'0'.repeat(36)}`)

    it('cuts the holder first, and fits', () => {
      const shown = lines([long], { width: 110 })
      for (const line of shown) expect(columnsOf(line)).toBeLessThanOrEqual(110)
      expect(shown[1]).toContain('a-lease-with-quite-a-long-name  pod-with-a-long')
      expect(shown[1]).toContain('…')
    })

    it('cuts names too where that makes it fit, and else the holder alone', () => {
      for (const line of lines([long], { width: 90 })) expect(columnsOf(line)).toBeLessThanOrEqual(90)
      expect(lines([long], { width: 90 })[1]).toMatch(/^team-a +a-lease-with-[a-z-]*… {2}pod-with-a-lo… {2}~held/)
      expect(lines([long], { width: 40 })[1]).toMatch(/^team-a +a-lease-with-quite-a-long-name {2}pod-with-a-lo… {2}~held/)
    })

    it('cuts nothing in a pipe', () => {
      expect(lines([long])[1]).toContain('0'.repeat(36))
    })

    it('cuts by what characters take on the screen', () => {
      const shown = lines([held('web', '主节点'.repeat(60)), held('web2', 'b')], { width: 100 })
      expect(columnsOf(shown[1]!)).toBeLessThanOrEqual(100)
      expect(shown[1]!.indexOf('~held')).toBeLessThan(shown[2]!.indexOf('~held'))
      expect(columnsOf(shown[1]!.split('~held')[0]!)).toBe(columnsOf(shown[2]!.split('~held')[0]!))
    })
  })

  it('does not make every line as long as the longest identity', () => {
    const shown = lines([held('web', 'x'.repeat(10_240)), held('web2', 'b')])
    expect(shown[1]).toContain('x'.repeat(10_240))
    expect(shown[2]!.length).toBeLessThan(250)
  })

  describe('shows hostile objects as what they are', () => {
    it.each<[what: string, object: unknown, expected: Record<string, string>]>([
      ['null', null, { NAMESPACE: '<none>', NAME: '<none>', HOLDER: '<none>', STATE: 'released', AGE: '<unknown>' }],
      ['a null spec', lease('web', null), { HOLDER: '<none>', STATE: 'released', RENEWED: '<none>', EXPIRES: '<none>' }],
      ['a spec of another type', lease('web', 'spec'), { HOLDER: '<none>', STATE: 'released' }],
      ['a holder of another type', lease('web', { holderIdentity: { a: 1 } }), { HOLDER: '<none>', STATE: 'released' }],
      ['no duration', lease('web', { holderIdentity: 'a', renewTime: at(3) }), { STATE: 'unknown', RENEWED: '~3s', DURATION: '<none>' }],
      [
        'a negative duration',
        lease('web', { holderIdentity: 'a', renewTime: at(3), leaseDurationSeconds: -5 }),
        { STATE: 'unknown', EXPIRES: '<none>', DURATION: '-5s' },
      ],
      [
        'a huge duration',
        lease('web', { holderIdentity: 'a', renewTime: at(3), leaseDurationSeconds: 1e300 }),
        { STATE: 'unknown', DURATION: '1e+300s' },
      ],
      [
        'the year 0001',
        lease('web', { holderIdentity: 'a', renewTime: '0001-01-01T00:00:00Z', leaseDurationSeconds: 15 }),
        { STATE: '~expired', RENEWED: '~2026y', EXPIRES: '~2026y ago' },
      ],
      [
        'the year 9999',
        lease('web', { holderIdentity: 'a', acquireTime: '9999-12-31T23:59:59Z', renewTime: '9999-12-31T23:59:59Z', leaseDurationSeconds: 15 }),
        { STATE: '~held', RENEWED: '~in 7979y', EXPIRES: '~7979y', ACQUIRED: '~in 7979y' },
      ],
      [
        'times that are none',
        lease('web', { holderIdentity: 'a', renewTime: 'yesterday', acquireTime: '\u001b[2J', leaseDurationSeconds: 15 }),
        { STATE: 'unknown', RENEWED: '<none>', ACQUIRED: '<unknown>' },
      ],
      ['odd transitions', lease('web', { holderIdentity: 'a', leaseTransitions: -1.5 }), { TRANSITIONS: '-1.5' }],
      ['an escape sequence', held('web', '\u001b[31mred\u0007'), { HOLDER: '\\x1b[31mred\\x07' }],
      ['a right-to-left override', held('web', 'a\u202efdp.exe'), { HOLDER: 'a\\u202efdp.exe' }],
      ['line breaks', held('web', 'a\r\nb\u2028c'), { HOLDER: 'a\\x0d\\x0ab\\u2028c' }],
      ['a name that looks like a flag', held('--all', '-rf'), { NAME: '--all', HOLDER: '-rf' }],
    ])('%s', (_what, object, expected) => {
      expect(cells(object)).toMatchObject(expected)
    })

    it('never writes a control or a direction to the terminal', () => {
      const all = Array.from({ length: 0x2100 }, (_, code) => held(String.fromCharCode(code), String.fromCharCode(code), code))
      for (const line of lines(all, { isWide: true, width: 120 })) expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u)
    })

    it('leaves text alone in machine output', () => {
      const [row] = electionRows([electionFromLease(held('web', '\u001b[31m\u202e\n'))], NOW)
      expect(rowJson(row!).holderIdentity).toBe('\u001b[31m\u202e\n')
    })
  })
})

describe('--sort-by', () => {
  const leases = [
    held('c', 'z', 1),
    held('a', 'y', 20),
    lease('b', { holderIdentity: '', leaseTransitions: 9 }, { creationTimestamp: at(5) }),
    lease('d', { holderIdentity: 'x', leaseDurationSeconds: 15, renewTime: at(12), leaseTransitions: 10 }, { namespace: 'a-team' }),
  ]
  const sorted = (sortBy?: string): string =>
    [...electionRows(leases.map(electionFromLease), NOW)]
      .sort(electionOrder(sortBy))
      .map(({ election }) => election.name)
      .join('')

  it.each([
    [undefined, 'dabc'],
    ['name', 'abcd'],
    ['namespace', 'dabc'],
    ['holder', 'bdac'],
    ['state', 'adbc'],
    ['renewed', 'adcb'],
    ['expires', 'adcb'],
    ['transitions', 'acbd'],
    ['age', 'dacb'],
    ['leaseTransitions', 'acbd'],
    ['.holderIdentity', 'bdac'],
    ['{.renewTime}', 'adcb'],
  ])('%s', (sortBy, expected) => {
    expect(sorted(sortBy)).toBe(expected)
  })

  it.each(['nothing', 'constructor', '', 'warnings'])('refuses "%s"', (sortBy) => {
    expect(() => electionOrder(sortBy)).toThrow('Use one of name, namespace')
  })
})
