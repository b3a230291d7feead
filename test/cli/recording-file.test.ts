import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RecordingFile } from '../../kubectl-plugin/record/recording-file.ts'

const NEVER = { atBytes: null, keep: 3 }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function write(path: string, ...lines: string[]): Promise<void> {
  const file = await RecordingFile.open(path, NEVER)
  for (const line of lines) {
    file.add(line)
    file.flush()
  }
  file.close()
}

it('appends, and keeps apart from a line that was cut off', async () => {
  const path = join(folder, 'rec.jsonl')
  await write(path, 'one', 'two')
  appendFileSync(path, 'thr')
  await write(path, 'four')
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\nthr\nfour\n')
})

it('appends to a compressed file', async () => {
  const path = join(folder, 'rec.jsonl.gz')
  await write(path, 'one', 'two')
  await write(path, 'three')
  expect(gunzipSync(readFileSync(path)).toString()).toBe('one\ntwo\nthree\n')
})

it('puts a compressed file aside whose end is damaged', async () => {
  const path = join(folder, 'rec.jsonl.gz')
  await write(path, 'one', 'two')
  truncateSync(path, readFileSync(path).length - 5)
  await write(path, 'three')
  expect(readdirSync(folder).sort()).toEqual(['rec.jsonl.1.gz', 'rec.jsonl.gz'])
  expect(gunzipSync(readFileSync(path)).toString()).toBe('three\n')
})

it('rotates by size, and keeps so many older files', async () => {
  const path = join(folder, 'rec.jsonl')
  const file = await RecordingFile.open(path, { atBytes: 10, keep: 2 })
  for (const line of ['first line', 'second line', 'third line', 'fourth']) {
    if (file.isFull) file.rotate()
    file.add(line)
    file.flush()
  }
  file.close()
  const contents = Object.fromEntries(readdirSync(folder).sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
  expect(contents).toEqual({ 'rec.jsonl': 'fourth\n', 'rec.jsonl.1': 'third line\n', 'rec.jsonl.2': 'second line\n' })
})

it('says what it cannot write', async () => {
  writeFileSync(join(folder, 'file'), '')
  await expect(RecordingFile.open(join(folder, 'file', 'rec.jsonl'), NEVER)).rejects.toThrow(/^Cannot write ".*rec\.jsonl": ENOTDIR/)
})
