import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf } from '../../shared/text-columns.ts'
import { frameLines, type ScreenSize } from '../../kubectl-plugin/watch/frame.ts'
import { createPaint } from '../../kubectl-plugin/watch/paint.ts'
import { ScreenModel, type ScreenChoices } from '../../kubectl-plugin/watch/screen-model.ts'
import { initialViewModel, type Action } from '../../kubectl-plugin/watch/view-model.ts'
import { StoreScene } from '../support/store-scene.ts'

const PLAIN = createPaint({ isColored: false, isUnicode: true })
const SIZE: ScreenSize = { columns: 110, rows: 12 }
const CHOICES: ScreenChoices = {
  place: 'context test (https://test.example), all namespaces',
  notice: null,
  hasNamespace: true, isReplay: false,
  category: 'election',
  isWanted: () => true,
}

/** A screen over a store, drawn whenever a test looks. */
class Scene extends StoreScene {
  model = this.open()

  open(choices: Partial<ScreenChoices> = {}): ScreenModel {
    this.model = new ScreenModel(this.store, this.clock, initialViewModel(), { ...CHOICES, ...choices })
    this.store.onEvent((event) => this.model.log(event))
    return this.model
  }

  press(...actions: readonly Action[]): void {
    for (const action of actions) {
      this.model.scene(SIZE)
      this.model.act(action, SIZE)
    }
  }

  lines(size = SIZE, paint = PLAIN): readonly string[] {
    return frameLines(this.model.scene(size), size, paint)
  }

  /** Without attributes and blanks at the ends. */
  text(size = SIZE): string {
    return this.lines(size).map((line) => stripVTControlCharacters(line).trimEnd()).join('\n')
  }
}

function threeElections(): Scene {
  const scene = new Scene()
  scene.start([
    scene.election('kube-system', 'scheduler'),
    scene.election('default', 'worker', { spec: { holderIdentity: '' } }),
    scene.election('default', 'billing', { spec: { holderIdentity: 'pod-b', leaseTransitions: 12 } }),
  ])
  return scene
}

describe('the table', () => {
  it('shows what was seen, and marks what is only recorded', async () => {
    const scene = threeElections()
    await scene.clock.advance(2_000)
    scene.renew(scene.election('default', 'billing'))
    await scene.clock.advance(3_000)
    expect(scene.text()).toBe(
      `connected  context test (https://test.example), all namespaces
3 elections  ○ 1 released  ● 2 held
  NAMESPACE    NAME▲      HOLDER   STATE           EXPIRES     RENEWED   TRANSITIONS  HELD FOR
▸ default      billing    pod-b    ● held          ████ 12s    3s        12           ~5s
  default      worker     <none>   ○ released      -           ~5s       1            -
  kube-system  scheduler  pod-a    ● ~held         ~10s        ~5s       1            ~5s





q quit  / filter  Enter details  Space pause  n h s e t a sort  c all leases  ? help`,
    )
  })

  it.each([
    [160, 'HELD FOR'],
    [130, 'TRANSITIONS'],
  ])('on %i columns ends in %s, since the room is for long holders first', (columns, last) => {
    const scene = new Scene()
    const holderIdentity = 'checkout-operator-cpt4khws2h-zq29j_851602cd-9220-4c07-9f0e-3bb2f3a44c0d'
    scene.start([scene.election('kube-system', 'kube-controller-manager', { spec: { holderIdentity } })])
    const head = scene.lines({ columns, rows: 12 }).map(stripVTControlCharacters).find((line) => line.includes('HOLDER'))!
    expect(head.trimEnd().endsWith(last)).toBe(true)
    expect(head.indexOf('STATE') - head.indexOf('HOLDER')).toBeGreaterThanOrEqual(40)
  })

  it('counts down, and says when it is late and over', async () => {
    const scene = threeElections()
    scene.renew(scene.election('default', 'billing'))
    await scene.clock.advance(1)
    scene.renew(scene.election('default', 'billing'))
    const row = async (ms: number): Promise<string> => {
      await scene.clock.advance(ms)
      return /billing.*/.exec(scene.text())![0].replace(/ +/g, ' ')
    }
    expect(await row(0)).toContain('● held ████ 15s')
    expect(await row(5_500)).toContain('● held ███░ 10s')
    expect(await row(5_500)).toContain('◐ late ██░░ 4s')
    expect(await row(8_000)).toContain('✗ expired 4s ago')
  })

  it('marks as a lower bound what it did not observe: the lease was dead before it began to watch', async () => {
    const scene = threeElections()
    await scene.clock.advance(50_000)
    expect(/scheduler.*/.exec(scene.text())![0].replace(/ +/g, ' ')).toContain('✗ expired >35s ago >50s')
  })

  it('says since when it is stale, and claims nothing then', async () => {
    const scene = threeElections()
    scene.disconnect('connection refused')
    await scene.clock.advance(12_000)
    const text = scene.text()
    expect(text).toMatch(/^STALE for 12s, retrying: connection refused\n/)
    expect(text).toContain('3 elections  ? 3 unknown')
    scene.reconnect()
    expect(scene.text()).toMatch(/^connected {2}/)
  })

  it('says for a recording that there is no data, instead of retrying', () => {
    const scene = new Scene()
    scene.open({ isReplay: true })
    scene.start([])
    scene.disconnect('the recording ends')
    expect(scene.text()).toMatch(/^No data: the recording ends\n/)
  })

  it('says that there is nothing yet', () => {
    const scene = new Scene()
    scene.start([])
    expect(scene.text()).toContain('No elections found.')
  })

  it('hides what is no election, says how many, and shows them on demand', () => {
    const scene = new Scene()
    scene.start([scene.election('kube-node-lease', 'node-1'), scene.election('default', 'worker')])
    expect(scene.text()).not.toContain('node-1')
    expect(scene.text()).toContain('1 other lease hidden (press c)')
    scene.press({ type: 'toggleCategories' })
    expect(scene.text()).toContain('node-1')
  })

  it('shows only what was asked for', () => {
    const scene = threeElections()
    scene.open({ isWanted: ({ name }) => name === 'worker' })
    expect(scene.text()).toContain('1 election ')
    expect(scene.text()).not.toContain('billing')
  })

  it('has no column for the namespace where there is only one', () => {
    const scene = threeElections()
    scene.open({ hasNamespace: false })
    expect(scene.text()).not.toContain('NAMESPACE')
  })

  it('says what may not be read', () => {
    const scene = threeElections()
    scene.open({ notice: 'Only some namespaces may be read.' })
    expect(scene.text()).toContain('Only some namespaces may be read.')
  })
})

describe('a filter', () => {
  it.each([
    ['a name', 'BILL', ['billing']],
    ['a namespace', 'kube-', ['scheduler']],
    ['namespace/name', 'default/w', ['worker']],
    ['a holder', 'pod-b', ['billing']],
    ['a state', 'released', ['worker']],
    ['nothing that there is', 'zzz', []],
  ])('by %s', (_, filter, names) => {
    const scene = threeElections()
    scene.press({ type: 'startFilter' }, { type: 'type', text: filter })
    const text = scene.text()
    expect(['billing', 'scheduler', 'worker'].filter((name) => text.includes(name))).toEqual(names)
    expect(text).toContain(`/${filter}_ ${names.length} of 3`)
    if (names.length === 0) expect(text).toContain('No matches. Press Esc to clear the filter.')
  })
})

describe('sorting', () => {
  it.each([
    ['name', 'billing worker scheduler'],
    ['holder', 'worker scheduler billing'],
    ['state', 'scheduler worker billing'],
    ['expires', 'scheduler billing worker'],
    ['transitions', 'billing worker scheduler'],
  ] as const)('by %s', async (column, names) => {
    const scene = threeElections()
    await scene.clock.advance(12_000)
    scene.renew(scene.election('default', 'billing'))
    scene.press({ type: 'sort', column: 'held' }, { type: 'sort', column })
    const shown = (): string => scene.text().match(/billing|worker|scheduler/g)!.join(' ')
    expect(shown()).toBe(names)
    scene.press({ type: 'sort', column })
    expect(shown()).toBe(names.split(' ').reverse().join(' '))
  })
})

describe('a pause', () => {
  it('freezes the screen, and goes on collecting', async () => {
    const scene = threeElections()
    scene.press({ type: 'togglePause' })
    const paused = scene.text()
    expect(paused).toContain('PAUSED at 00:00:00Z, 0 events since')

    await scene.clock.advance(5_000)
    scene.apply(scene.election('default', 'new'))
    scene.remove(scene.election('default', 'worker'))
    expect(scene.text()).toBe(paused.replace('0 events', '2 events'))

    scene.press({ type: 'togglePause' })
    expect(scene.text()).toContain('new')
    expect(scene.text()).not.toContain('worker')
  })

  it('can be scrolled and filtered', () => {
    const scene = threeElections()
    scene.press({ type: 'togglePause' }, { type: 'type', text: 'scheduler' })
    expect(scene.text()).toContain('/scheduler 1 of 3')
  })

  it('still says when the connection is lost', () => {
    const scene = threeElections()
    scene.press({ type: 'togglePause' })
    scene.disconnect('refused')
    expect(scene.text()).toMatch(/^STALE/)
    expect(scene.text()).toContain('● ~held')
  })
})

describe('the details', () => {
  it('show one election and its events', async () => {
    const scene = threeElections()
    scene.press({ type: 'accept' })
    await scene.clock.advance(1_000)
    scene.apply(scene.election('default', 'billing', { spec: { holderIdentity: 'pod-c', leaseTransitions: 13 } }))
    scene.apply(scene.election('default', 'worker', { spec: { holderIdentity: 'pod-z', leaseTransitions: 2 } }))
    const text = scene.text({ columns: 110, rows: 24 })
    expect(text).toContain('Holder           pod-c\n')
    expect(text).toContain('State            held (observed)\n')
    expect(text).toContain('00:00:01.000Z acquired  pod-c after pod-b, transition 13')
    expect(text).not.toContain('pod-z')
  })

  it('say when it no longer exists', () => {
    const scene = threeElections()
    scene.press({ type: 'accept' })
    scene.remove(scene.election('default', 'billing'))
    expect(scene.text()).toContain('This election no longer exists.')
  })
})

describe('the log', () => {
  it('shows the latest events if there is room, and no renewals', async () => {
    const scene = threeElections()
    await scene.clock.advance(1_000)
    scene.renew(scene.election('default', 'billing'))
    scene.apply(scene.election('default', 'billing', { spec: { holderIdentity: '', leaseTransitions: 12 } }))
    const text = scene.text({ columns: 110, rows: 24 })
    expect(text).toContain('── recent ──')
    expect(text).toContain('00:00:01.000Z released  default/billing  by pod-b')
    expect(text).not.toContain('renewed  ')
    expect(scene.text({ columns: 110, rows: 12 })).not.toContain('recent')
  })
})

describe('with 10,000 elections', () => {
  it('sorting waits for a second, unless somebody asks for it', async () => {
    const scene = new Scene()
    scene.start(Array.from({ length: 10_000 }, (_, i) => scene.election('default', `lease-${String(i).padStart(5, '0')}`)))
    expect(scene.text()).toContain('10000 elections')
    scene.apply(scene.election('default', 'a-new-one'))
    expect(scene.text()).not.toContain('a-new-one')
    await scene.clock.advance(1_000)
    expect(scene.text()).toContain('a-new-one')
    scene.apply(scene.election('default', 'a-newer-one'))
    scene.press({ type: 'type', text: 'a-new' })
    expect(scene.text()).toContain('2 of 10002')
  })
})

describe('on any screen, with anything in it,', () => {
  const SGR = /\u001b\[[0-9;]*m/g
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom('\u001b[2J\u001b[H', '\u202eevil', 'x'.repeat(10_000), '漢字'.repeat(50), '🎉🎉🎉', 'e\u0301'.repeat(30), '\u0007\r\n\t', ''),
  )
  const size = fc.record({ columns: fc.integer({ min: 1, max: 160 }), rows: fc.integer({ min: 1, max: 40 }) })
  const keys = fc.subarray<Action>([
    { type: 'accept' },
    { type: 'toggleHelp' },
    { type: 'startFilter' },
    { type: 'togglePause' },
    { type: 'toggleCategories' },
    { type: 'last' },
  ])

  it('there are exactly as many lines as rows, none wider than the screen, and nothing but text and attributes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(hostile, hostile, hostile), { maxLength: 12 }), size, keys, hostile, fc.boolean(), (leases, screen, actions, reason, isStale) => {
        const scene = new Scene()
        scene.open({ place: reason, notice: reason })
        scene.start(leases.map(([namespace, name, holderIdentity]) => scene.election(namespace, name, { spec: { holderIdentity, leaseDurationSeconds: leases.length - 3 } })))
        scene.press(...actions)
        if (isStale) scene.disconnect(reason)
        const lines = scene.lines(screen, createPaint({ isColored: true, isUnicode: true }))
        expect(lines.length).toBe(screen.rows)
        for (const line of lines) {
          const text = line.replace(SGR, '')
          expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
          expect(columnsOf(text)).toBeLessThanOrEqual(screen.columns)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('there is nothing but ASCII where the terminal shows no more', () => {
    const scene = threeElections()
    expect(scene.lines(SIZE, createPaint({ isColored: false, isUnicode: false })).join('\n')).toMatch(/^[\x1b\x0a\x20-\x7e]*$/)
  })
})
