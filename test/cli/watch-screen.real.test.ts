import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { BUILT_CLI } from '../support/built-cli.ts'
import { Terminal } from '../support/terminal.ts'

/** The built program in a shell, in a real terminal. */
let sandbox: Sandbox
let folder: string
let terminal: Terminal

const HOSTILE = '\u001b[2J\u001b[31m\u202eevil\n'

beforeEach(async () => {
  sandbox = await startSandbox()
  folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-test-'))
  await writeFile(join(folder, 'config'), JSON.stringify(sandbox.kubeconfig()))
  for (let i = 0; i < 60; i++) plant(`lease-${String(i).padStart(2, '0')}`, `pod-${i}`)
  plant('hostile', HOSTILE)
})
afterEach(async () => {
  await terminal.close()
  await sandbox.close()
  await rm(folder, { recursive: true, maxRetries: 10 })
})

let renewals = 0
function plant(name: string, holderIdentity: string): void {
  const renewTime = new Date(Date.now() + ++renewals).toISOString()
  sandbox.plant('leases.coordination.k8s.io', {
    metadata: { namespace: 'default', name },
    spec: { holderIdentity, leaseDurationSeconds: 600, leaseTransitions: 1, renewTime },
  })
}

/** A shell that knows the program as `leader`, with something on its screen. */
async function shell(env: Readonly<Record<string, string>> = {}, columns = 100, rows = 30): Promise<void> {
  const settings = { KUBECONFIG: join(folder, 'config'), PS1: '$ ', XDG_CACHE_HOME: folder, LANG: 'C.UTF-8', ...env }
  terminal = await Terminal.open(['bash', '--norc', '--noprofile'], { columns, rows, env: settings })
  await run(`PS1='$ '; cd '${folder}'; leader() { bash -c 'echo $$ > pid; exec "$@"' - '${process.execPath}' '${BUILT_CLI}' "$@"; }; clear`)
  await run('seq 1 50')
  await terminal.shows(/^50\n\$/m)
}

async function run(command: string): Promise<void> {
  await terminal.type(command)
  await terminal.press('Enter')
}

const shownNames = async (): Promise<string[]> => (await terminal.screen()).match(/lease-\d\d/g) ?? []

describe('the screen before it', () => {
  it.each([
    ['q', () => terminal.type('q'), 0],
    ['Ctrl-C', () => terminal.press('C-c'), 130],
    ['SIGTERM', async () => process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')), 'SIGTERM'), 143],
  ])('is as it was after %s, with the cursor in its place', async (_, leave, code) => {
    await shell()
    const before = await terminal.screen()
    await run('leader watch')
    await terminal.shows('lease-00')
    expect(await terminal.screen()).not.toContain('\n50\n')
    await leave()
    await terminal.shows(/^\$ leader watch\n\$/m)
    await run('echo "ended with $?"')
    const after = await terminal.shows(`ended with ${code}`)
    expect(after).toContain(before.trimEnd().split('\n').slice(-10).join('\n'))
    // A terminal that still hid its cursor, or did not wrap, would be of no use.
    expect(await terminal.modes()).toEqual({ isCursorShown: true, wraps: true, isAlternate: false })
  })

  it('is restored after Ctrl-C at any moment of the start', async () => {
    await shell()
    for (let afterMs = 0; afterMs <= 800; afterMs += 100) {
      // Not in one line: if Ctrl-C comes just as "clear" ends, the shell goes on with the rest.
      await run('clear')
      await terminal.shows(/^\$\n*$/)
      await run('leader watch')
      await new Promise((resolve) => setTimeout(resolve, afterMs))
      await terminal.press('C-c')
      await terminal.shows(/\$\n*$/)
      await run('echo "over" "now"')
      const screen = await terminal.shows('over now')
      expect(screen).not.toContain('NAME▲')
      expect(await terminal.modes()).toEqual({ isCursorShown: true, wraps: true, isAlternate: false })
    }
  })

  it('comes back while it is stopped by Ctrl-Z, and goes when it is continued', async () => {
    await shell()
    await run('leader watch')
    await terminal.shows('lease-00')
    await terminal.press('C-z')
    await terminal.shows('Stopped')
    await run('fg')
    await terminal.shows('lease-00')
    await terminal.type('q')
    await terminal.shows(/fg\n/)
  })
})

describe('keys', () => {
  it('scroll, filter, pause, and open details', async () => {
    await shell()
    await run('leader watch')
    await terminal.shows('▸ hostile')
    await terminal.press('PageDown', 'Down', 'Down')
    await terminal.shows(/▸ lease-\d\d/)
    await terminal.press('End')
    await terminal.shows('▸ lease-59')
    await terminal.press('Home')
    await terminal.shows('▸ hostile')

    await terminal.type('/lease-3')
    await terminal.shows('/lease-3_ 10 of 61')
    expect(await shownNames()).toEqual(Array.from({ length: 10 }, (_, i) => `lease-3${i}`))
    await terminal.press('Enter')
    await terminal.shows('/lease-3 10 of 61')
    await terminal.press('Enter')
    await terminal.shows('Lease duration   10m')
    await terminal.press('Escape')
    await terminal.shows('▸ lease-30')
    await terminal.press('Escape')
    await terminal.shows('61 elections')

    await terminal.press('Space')
    await terminal.shows('PAUSED')
    plant('hostile', 'somebody-new')
    await terminal.shows('1 event since')
    expect(await terminal.screen()).not.toContain('somebody-new  ')
    await terminal.press('Space')
    await terminal.shows('somebody-new')
    await terminal.type('q')
  })
})

describe('a terminal', () => {
  it('may change its size at any time', async () => {
    await shell()
    await run('leader watch')
    await terminal.shows('▸ hostile')
    for (const [columns, rows] of [[60, 20], [20, 5], [140, 45], [33, 2], [100, 30], [1, 1], [80, 24]] as const) {
      await terminal.resize(columns, rows)
      await terminal.shows(/[c…]/)
    }
    const screen = await terminal.shows(/▸ hostile[^]*── recent ─/)
    expect(screen.split('\n').slice(0, 24).join('\n')).toMatch(/^connected [^\n]*\n61 elections[^]*q quit [^\n]*$/)
    expect(screen.match(/connected/g)).toHaveLength(1)
    await terminal.type('q')
    await terminal.shows(/^\$ leader watch/m)
  })

  it('shows hostile text as what it is, without its effects', async () => {
    await shell()
    await run('leader watch')
    await terminal.shows('\\x1b[2J\\x1b[31m\\u202eevil')
    await terminal.type('q')
  })

  it('has colors, but not with NO_COLOR', async () => {
    const colors = /\u001b\[(?:3[0-7]|9[0-7])/
    await shell()
    await run('leader watch')
    await terminal.shows('lease-00')
    expect(await terminal.screen({ escapes: true })).toMatch(colors)
    await terminal.close()
    await shell({ NO_COLOR: '1' })
    await run('leader watch')
    await terminal.shows('lease-00')
    expect(await terminal.screen({ escapes: true })).not.toMatch(colors)
  })
})

describe('where there is no screen to take over', () => {
  it.each([
    ['TERM=dumb', 'TERM=dumb leader watch --duration 1s lease-00'],
    ['a pipe', 'leader watch --duration 1s lease-00 | cat'],
    ['no keyboard', 'leader watch --duration 1s lease-00 < /dev/null'],
  ])('it prints lines: %s', async (_, command) => {
    await shell({}, 200)
    await run(`${command}; echo "ended with $?"`)
    const screen = await terminal.shows('ended with 0')
    expect(screen).toMatch(/T.*Z {2}added {9}default\/lease-00 {2}~held by pod-0/)
    expect(screen).toMatch(/Z {2}connected /)
  })

  it('it exits silently when its reader is gone', async () => {
    await shell({}, 200)
    await run('leader watch --renewals | head -2; echo "ended with ${PIPESTATUS[*]}"')
    await terminal.shows('lease-00')
    // It learns that nobody reads when it writes, some time after the reader has ended.
    const renewal = setInterval(() => plant('lease-00', 'pod-0'), 100)
    const screen = await terminal.shows('ended with 0 0').finally(() => clearInterval(renewal))
    expect(screen).not.toContain('Error')
  })

  it('it writes no escape sequences into a file', async () => {
    await shell()
    await run('leader watch --duration 1s > out; echo "ended with $?"')
    await terminal.shows('ended with 0')
    const text = await readFile(join(folder, 'out'), 'utf8')
    expect(text.split('\n').length).toBe(63)
    expect(text).not.toMatch(/[^\P{Cc}\n]/u)
  })
})
