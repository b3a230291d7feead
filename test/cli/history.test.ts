import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../kubectl-plugin/program.ts'
import { AuditedElection } from '../support/audited-election.ts'
import { fakeSession } from '../support/fake-session.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** An election whose first leader is killed, and whose second one has its lease emptied by hand. */
function election(): AuditedElection {
  const scene = new AuditedElection(() => 0.5)
  scene.join()
  scene.join()
  scene.run(10_000)
  scene.kill()
  scene.join()
  scene.run(20_000)
  scene.hand('ops@example.com', (cluster) => cluster.patch({ user: 'ops@example.com' }, 'elect', { spec: { holderIdentity: '' } }))
  scene.run(10_000)
  return scene
}

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name)
  const text = `${lines.join('\n')}\n`
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text)
  return path
}

async function history(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { session, stdout, stderr } = fakeSession({ env: { HOME: folder } })
  const code = await run(session, ['history', ...args])
  return { code, out: stdout(), err: stderr() }
}

describe('history my-controller --audit', () => {
  it('reads rotated and compressed files as one log', async () => {
    const lines = election().cluster.lines('RequestResponse')
    const older = file('audit-2026-11-28T08-00-20.000.log.gz', lines.slice(0, 25))
    const newer = file('audit.log', lines.slice(25))
    const one = await history('elect', '--audit', file('whole.log', lines), '-o', 'json')
    const two = await history('elect', '--audit', newer, older, '-o', 'json')
    expect(two.code).toBe(0)
    const { sources, ...report } = JSON.parse(two.out)
    expect(sources).toHaveLength(1)
    expect(report.terms).toHaveLength(2)
    expect(report).toEqual({ ...JSON.parse(one.out), sources: undefined })
  })

  it('names who wrote by hand, and says that a killed leader was not seen to stop', async () => {
    const { out } = await history('elect', '--audit', file('audit.log', election().cluster.lines('RequestResponse')))
    expect(out).toContain('ops@example.com emptied the holder')
    expect(out).toContain('not known when: the lease expired')
    expect(out).toContain('Perhaps two leaders')
  })

  it('reports only the requested period', async () => {
    const path = file('audit.log', election().cluster.lines('RequestResponse'))
    const { out } = await history('elect', '--audit', path, '--since', '2026-11-28T08:00:25Z', '-o', 'json')
    const report = JSON.parse(out)
    expect(report.terms).toHaveLength(1)
    expect(report.writesByOthers).toHaveLength(1)
  })

  it.each([
    [['elect', '--audit', '/nowhere/audit.log'], 2, 'Cannot read "/nowhere/audit.log"'],
    [['elect', '--since', 'yesterday'], 2, '"yesterday" is not a valid time for --since'],
    [['elect', '--since', '2026-11-28', '--until', '2026-11-27'], 2, '--until is before --since'],
    [['elect', '--audit', '-', '--from', '-'], 2, 'can be read only once'],
  ])('%j ends with %i', async (args, code, message) => {
    const ended = await history(...args)
    expect(ended.code).toBe(code)
    expect(ended.err).toContain(message)
  })

  it.each([
    ['history elect --audit', 'is not an audit log: it contains no audit event.'],
    ['history elect --from', 'is neither a recording nor Events as JSON.'],
    ['doctor --audit', 'is not an audit log: it contains no audit event.'],
    ['doctor --from', 'is neither a recording nor Events as JSON.'],
  ])('%s refuses a file of another kind, and takes an empty one', async (command, message) => {
    const session = fakeSession({ env: { HOME: folder } })
    expect(await run(session.session, [...command.split(' '), file('CHANGELOG.md', ['# Changelog', '{"time":"2026-11-28T08:00:00Z"}'])])).toBe(2)
    expect(session.stderr()).toContain(`CHANGELOG.md" ${message}`)
    const other = fakeSession({ env: { HOME: folder } })
    writeFileSync(join(folder, 'empty.log'), '')
    await run(other.session, [...command.split(' '), join(folder, 'empty.log')])
    expect(other.stderr()).not.toContain(message)
  })

  it('says what the files do not contain, and which of several namespaces it needs', async () => {
    const lines = election().cluster.lines('RequestResponse')
    const path = file('audit.log', [...lines, ...lines.map((line) => line.replaceAll('"default"', '"shop"').replaceAll('"auditID":"', '"auditID":"x'))])
    expect((await history('other', '--audit', path)).err).toContain('The files contain no write of lease "other"')
    expect((await history('elect', '--audit', path)).err).toContain('several namespaces: default, shop. Pass one with -n')
    expect((await history('elect', '-n', 'shop', '--audit', path)).code).toBe(0)
  })

  it('reads on past lines that are cut off or are no events, and counts them', async () => {
    const lines = election().cluster.lines('RequestResponse')
    const bad = ['{"kind":"Event","objectRef":{"resource":"leases"', 'null "leases"', '[{"resource":"leases"}]', '{"objectRef":{"resource":"leases"},"verb":7}']
    const { out } = await history('elect', '--audit', file('audit.log', [...bad, ...lines]), '-o', 'json')
    expect(JSON.parse(out).sources[0].unreadableLines).toBe(2)
    expect(JSON.parse(out).terms).toHaveLength(2)
  })
})

describe('the report', () => {
  const HOSTILE = '<script>alert(1)</script>\u001b[31m"\'&'

  async function report(format: 'html' | 'svg'): Promise<string> {
    const lines = election().cluster.lines('RequestResponse').map((line) => line.replaceAll('ops@example.com', JSON.stringify(HOSTILE).slice(1, -1)))
    return (await history('elect', '--audit', file('audit.log', lines), '-o', format)).out
  }

  it('is one page without scripts, and without anything from elsewhere', async () => {
    const html = await report('html')
    expect(html).toContain("default-src 'none'")
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\((?!#)|\bon\w+=|(?:src|href)=/i)
    for (const address of html.matchAll(/https?:[^\s"<]+/g)) expect(address[0]).toBe('http://www.w3.org/2000/svg')
    for (const heading of ['Timeline', 'Leaders', 'Perhaps two leaders', 'No leader', 'Writes by other clients', 'Not certain', 'Sources']) expect(html).toContain(`<h2>${heading}</h2>`)
  })

  it('has styles for dark screens and for print', async () => {
    for (const format of ['html', 'svg'] as const) {
      const text = await report(format)
      expect(text).toContain('@media (prefers-color-scheme: dark)')
      expect(text).toContain('@media print')
    }
  })

  it.each(['html', 'svg'] as const)('shows text of the log as text (%s)', async (format) => {
    const text = await report(format)
    expect(text).not.toContain('<script>')
    expect(text).not.toContain('\u001b')
    expect(text).toContain('&#60;script&#62;alert(1)&#60;/script&#62;\\x1b[31m&#34;&#39;&#38;')
  })

  it('closes every element that it opens', async () => {
    const svg = await report('svg')
    const open: string[] = []
    for (const [, close, name, rest] of svg.matchAll(/<(\/?)([a-z]+)((?:"[^"]*"|[^">])*)>/gi)) {
      if (close) expect(open.pop()).toBe(name)
      else if (!rest!.endsWith('/')) open.push(name!)
    }
    expect(open).toEqual([])
  })
})
