// npm test [OPTION OF VITEST…]    builds, type-checks, lints, and runs the fast suites. What need not wait for another
// runs beside it: only the suites want the build. What type check and lint print comes last, in one piece each.
import { spawn } from 'node:child_process'

interface Ended {
  readonly code: number
  readonly printed: string
}

/** Runs one of package.json's scripts; `quietly`, what it prints is kept. */
function runScript(name: string, { quietly = false } = {}): Promise<Ended> {
  return run('npm', ['run', '--silent', name], quietly)
}

function run(program: string, args: readonly string[], quietly: boolean): Promise<Ended> {
  const child = spawn(program, args, { stdio: ['inherit', quietly ? 'pipe' : 'inherit', quietly ? 'pipe' : 'inherit'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (printed += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, printed }))
  })
}

const checks = ['typecheck', 'lint'].map((name) => runScript(name, { quietly: true }))
const build = await runScript('build')
const suites = build.code === 0 ? await run('vitest', ['run', ...process.argv.slice(2)], false) : build
const checked = await Promise.all(checks)
for (const { printed } of checked) process.stdout.write(printed)
if ([suites, ...checked].some(({ code }) => code !== 0)) process.exitCode = 1
