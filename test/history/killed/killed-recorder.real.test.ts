import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseRecordingLine } from '../../../shared/history/recording/format.ts'
import { runBuilt } from '../../support/built-cli.ts'
import { compareReplay, watchedRanges, type WatchLine } from './compare.ts'
import { recordUnderKills, type KilledRun } from './run.ts'

/** RECORDING_MINUTES=60 is the long form. */
const DURATION_MS = Number(process.env['RECORDING_MINUTES'] ?? 0.75) * 60_000
const NOTHING_COMPARED = 20
/** A recording knows when it learned of a write, which is a little later; milliseconds. */
const LEARNED_MS = 2_000

let folder: string
let run: KilledRun
let replayed: readonly WatchLine[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-killed-'))
  run = await recordUnderKills(folder, DURATION_MS, { killEveryMs: Math.min(DURATION_MS / 4, 25_000) })
  const { code, stdout, stderr } = await runBuilt(['watch', '-A', '--replay', run.recording, '--speed', '0', '--renewals', '-o', 'json'])
  expect(code, stderr).toBe(0)
  replayed = linesOf(stdout.trimEnd().split('\n'))
}, DURATION_MS + 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const linesOf = (texts: readonly string[]): readonly WatchLine[] => texts.map((text) => JSON.parse(text) as WatchLine)

it('replays exactly the events that it holds', () => {
  const held = readFileSync(run.recording, 'utf8')
    .split('\n')
    .flatMap((text) => {
      const line = parseRecordingLine(text)
      return line && 'events' in line ? (line.events ?? []).map(({ type, state }) => [line.time, type, line.election.name, line.election.resourceVersion, state]) : []
    })
  expect(replayed.filter(({ election }) => election).map(({ time, type, election }) => [time, type, election!.name, election!.resourceVersion, election!.state])).toEqual(held)
})

it('replays what a watch reported that nobody killed', () => {
  const { compared, differences } = compareReplay(linesOf(run.watched), replayed)
  expect(differences).toEqual([])
  expect(compared).toBeGreaterThan(NOTHING_COMPARED)
})

it('marks when it did not watch: what a kill interrupted, and no more than was missed', () => {
  const ranges = watchedRanges(replayed)
  expect(run.kills.length).toBeGreaterThan(0)
  for (const { killedAtMs, startedAtMs } of run.kills) {
    expect(ranges.filter(({ fromMs, toMs }) => fromMs < startedAtMs && toMs > killedAtMs)).toEqual([])
  }
  expect(ranges.length).toBeGreaterThan(run.kills.length)
})

it('tells a history whose terms begin with writes that were made, and that names the same gaps', async () => {
  const { code, stdout, stderr } = await runBuilt(['history', 'election-0', '-n', 'shop', '--from', run.recording, '-o', 'json'])
  expect(code, stderr).toBe(0)
  const { terms, missing } = JSON.parse(stdout) as HistoryOutput
  const began = terms.filter(({ start }) => start.how === 'acquired')
  for (const { holderIdentity, start } of began) {
    const writes = run.written.filter(({ name, holderIdentity: holder }) => name === 'election-0' && holder === holderIdentity)
    expect(writes.some(({ fromMs, toMs }) => fromMs <= Date.parse(start.to) && toMs >= Date.parse(start.from) - LEARNED_MS), `${holderIdentity} ${start.from}`).toBe(true)
  }
  const gaps = missing.filter(({ why }) => why === 'unwatched')
  for (const { killedAtMs, startedAtMs } of run.kills) {
    expect(gaps.some(({ from, to }) => Date.parse(from) <= killedAtMs && Date.parse(to) >= startedAtMs)).toBe(true)
  }
})

interface HistoryOutput {
  readonly terms: readonly { readonly holderIdentity: string; readonly start: { readonly from: string; readonly to: string; readonly how: string } }[]
  readonly missing: readonly { readonly from: string; readonly to: string; readonly why: string }[]
}
