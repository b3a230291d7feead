import { execFile } from 'node:child_process'
import { expect, it } from 'vitest'
import { BUILT_CLI } from '../support/built-cli.ts'

/** A user of a container may have neither HOME nor an entry in /etc/passwd: `setpriv`, `env -i`, some supervisors. */

interface Ending {
  readonly code: number
  readonly output: string
}

function runWithoutHome(...args: readonly string[]): Promise<Ending> {
  // A user namespace in which this process's user is one that nobody has heard of.
  const program = ['--user', '--map-user=54321', 'env', '-i', `PATH=${process.env['PATH']!}`, process.execPath, BUILT_CLI, ...args]
  return new Promise((resolve) => {
    execFile('unshare', program, (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }))
  })
}

it.each([
  [['list'], 2, /^Error: No kubeconfig was found/],
  [['describe', 'x'], 2, /^Error: No kubeconfig was found/],
  [['watch', '-o', 'json'], 2, /^Error: No kubeconfig was found/],
  [['wait', 'x', '--for=free'], 2, /^Error: No kubeconfig was found/],
  [['doctor'], 2, /^Error: No kubeconfig was found/],
  [['join', 'x', '--yes'], 2, /^Error: No kubeconfig was found/],
  [['join', 'x', '--', 'true'], 125, /^Error: No kubeconfig was found/],
  [['failover', 'x', '--yes'], 2, /^Error: No kubeconfig was found/],
  [['release', 'x', '--yes'], 2, /^Error: No kubeconfig was found/],
  [['logs', 'x'], 2, /^Error: No kubeconfig was found/],
  [['completion', 'bash'], 0, /complete/],
  [['version'], 0, /^kubectl-leader /],
  [['sandbox', '--', process.execPath, BUILT_CLI, 'join', 'x', '--', 'true'], 0, /command-started/],
] as const)('a user without a home runs %j', async (args, code, said) => {
  const ending = await runWithoutHome(...args)
  expect(ending.output).toMatch(said)
  expect(ending.code).toBe(code)
})
