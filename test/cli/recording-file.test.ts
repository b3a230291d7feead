import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ExitCode } from '../../kubectl-plugin/exit-code.ts'
import { RecordingFile, type Rotation } from '../../kubectl-plugin/record/recording-file.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'

const NEVER = { atBytes: null, keep: 3 }
const HEADER = '{"time":"2026-11-28T08:00:00.000Z","session":"s","type":"recording","format":"leader.kubectl.dev/recording","version":1}'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** At a time when whatever exists was last written to long ago. */
const open = (path: string, rotation: Rotation = NEVER): Promise<RecordingFile> =>
  RecordingFile.open(path, rotation, new FakeClock({ wallMs: Date.now() + 60_000 }))

async function write(path: string, ...lines: string[]): Promise<void> {
  const file = await open(path)
  for (const line of lines) {
    file.add(line)
    file.flush()
  }
  file.close()
}

it('appends, and keeps apart from a line that was cut off', async () => {
  const path = join(folder, 'rec.jsonl')
  await write(path, HEADER, 'two')
  appendFileSync(path, 'thr')
  await write(path, 'four')
  expect(readFileSync(path, 'utf8')).toBe(`${HEADER}\ntwo\nthr\nfour\n`)
})

it("creates files that only their owner can read, and leaves the mode of one that exists", async () => {
  const path = join(folder, 'rec.jsonl')
  await write(path, HEADER)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  chmodSync(path, 0o640)
  await write(path, 'two')
  expect(statSync(path).mode & 0o777).toBe(0o640)
})

it.each(['/dev/full', '/dev/zero', '/dev/null', '.'])('refuses %s, which is not a regular file', async (path) => {
  await expect(open(path)).rejects.toThrow(`"${path}" is not a regular file. Choose another file.`)
})

it('refuses a pipe, without waiting for its other end', async () => {
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  await expect(open(path)).rejects.toThrow('is not a regular file')
})

it('refuses -, which stands for stdout in other commands', async () => {
  await expect(open('-')).rejects.toThrow('record cannot write to stdout. Pass the name of a file to --to.')
  expect(existsSync('-')).toBe(false)
})

it('appends to a compressed file', async () => {
  const path = join(folder, 'rec.jsonl.gz')
  await write(path, HEADER, 'two')
  await write(path, 'three')
  expect(gunzipSync(readFileSync(path)).toString()).toBe(`${HEADER}\ntwo\nthree\n`)
})

it('puts a compressed file aside whose end is damaged', async () => {
  const path = join(folder, 'rec.jsonl.gz')
  await write(path, HEADER, 'two')
  truncateSync(path, readFileSync(path).length - 5)
  await write(path, 'three')
  expect(readdirSync(folder).sort()).toEqual(['rec.jsonl.1.gz', 'rec.jsonl.gz'])
  expect(gunzipSync(readFileSync(path)).toString()).toBe('three\n')
})

it('rotates by size, and keeps so many older files', async () => {
  const path = join(folder, 'rec.jsonl')
  const file = await open(path, { atBytes: 10, keep: 2 })
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
  await expect(open(join(folder, 'file', 'rec.jsonl'))).rejects.toMatchObject({
    message: expect.stringMatching(/^Cannot write ".*rec\.jsonl": not a directory$/),
    exitCode: ExitCode.server,
  })
})

it('says that it cannot write on, with the code of an output that cannot be written', async () => {
  const path = join(folder, 'below', 'rec.jsonl')
  mkdirSync(join(folder, 'below'))
  const file = await open(path, { atBytes: 1, keep: 1 })
  rmSync(join(folder, 'below'), { recursive: true })
  expect(() => file.rotate()).toThrow(
    expect.objectContaining({ message: `Cannot write "${path}": no such file or directory`, exitCode: ExitCode.server }),
  )
})

it('does not append to a file that is no recording', async () => {
  const path = join(folder, 'README.md')
  writeFileSync(path, '# Title\n')
  await expect(open(path)).rejects.toThrow(/README\.md" already exists and is not a recording\. Choose another file\.$/)
  expect(readFileSync(path, 'utf8')).toBe('# Title\n')
})

it.each(['rec.jsonl', 'rec.jsonl.gz'])('does not append to %s while another recorder does', async (name) => {
  const path = join(folder, name)
  await write(path, HEADER)
  utimesSync(path, 1_000, 1_000)
  const clock = new FakeClock({ wallMs: 1_000_500 })
  const second = await RecordingFile.open(path, NEVER, clock)
  second.add('of the second')
  second.flush()
  await write(path, 'of the first')
  const content = readFileSync(path)
  await clock.advance(500)
  expect(() => second.flush()).toThrow(`Another recorder is writing to "${path}".`)
  second.add('stopped')
  second.close()
  expect(readFileSync(path)).toEqual(content)
})

it('appends soon after a kill, once it is clear that nobody else does', async () => {
  const path = join(folder, 'rec.jsonl')
  writeFileSync(path, `${HEADER}\n{"ti`)
  utimesSync(path, 1_000, 1_000)
  const clock = new FakeClock({ wallMs: 1_000_500 })
  const file = await RecordingFile.open(path, NEVER, clock)
  file.add('one')
  file.flush()
  await clock.advance(2_500)
  file.flush()
  file.close()
  expect(readFileSync(path, 'utf8')).toBe(`${HEADER}\n{"ti\none\n`)
})
