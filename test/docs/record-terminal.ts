// node test/docs/record-terminal.ts    records docs/recording.svg: the built program, in a real terminal, in the sandbox
import { writeFileSync } from 'node:fs'
import { DEMO_ELECTIONS } from '../../shared/sandbox/demo/elections.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { Terminal } from '../support/terminal.ts'
import { startDemoSession } from './demo-session.ts'
import { ROOT } from './pages.ts'
import { terminalSvg, type Frame } from './terminal-svg.ts'

const COLUMNS = 112
const ROWS = 30
const TYPED_AT_ONCE = 4

const frames: Frame[] = []
await using session = await startDemoSession(DEMO_ELECTIONS)
const terminal = await Terminal.open(['bash', '--norc', '--noprofile'], {
  columns: COLUMNS,
  rows: ROWS,
  env: { ...(session.env as Record<string, string>), PS1: '$ ', BASH_SILENCE_DEPRECATION_WARNING: '1' },
})

async function show(forMs: number): Promise<void> {
  frames.push({ screen: await terminal.screen({ escapes: true }), forMs })
}

/** Types a command at human speed, and waits until the screen shows its result. */
async function enter(command: string, shows: string | RegExp): Promise<void> {
  for (let at = 0; at < command.length; at += TYPED_AT_ONCE) {
    await terminal.type(command.slice(at, at + TYPED_AT_ONCE))
    await systemClock.sleep(150)
    await show(120)
  }
  await terminal.press('Enter')
  await terminal.shows(shows)
  await systemClock.sleep(300)
}

try {
  await terminal.shows('$')
  await enter('kubectl leader list -A', /To show them, pass --category all/)
  await show(5_000)
  await terminal.type('clear')
  await terminal.press('Enter')
  await systemClock.sleep(300)
  await enter('kubectl leader failover -n shop gateway-controller', '[y/N]')
  await show(6_000)
  await enter('y', /Moved: [^]*There was no leader for/)
  await show(6_000)
  const still = frames.length - 1
  await terminal.type('clear')
  await terminal.press('Enter')
  await systemClock.sleep(300)
  await enter('kubectl leader watch -A', /checkout-operator/)
  for (let second = 0; second < 10; second++) {
    await show(1_000)
    await systemClock.sleep(1_000)
  }
  writeFileSync(`${ROOT}/docs/recording.svg`, terminalSvg(frames, COLUMNS, ROWS, still))
} finally {
  await terminal.close()
}
