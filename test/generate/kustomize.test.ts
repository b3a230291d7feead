import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { run } from '../../kubectl-plugin/program.ts'
import { fakeSession } from '../support/fake-session.ts'

const BASES = fileURLToPath(new URL('../../examples/kustomize', import.meta.url))

it.each(globSync('{exporter,labeler,sidecar}/*.yaml', { cwd: BASES }).filter((file) => !file.endsWith('kustomization.yaml')))(
  'the base %s is what the command in its first line prints',
  async (file) => {
    const [, command, text] = /^# kubectl leader (.*)\n([^]*)$/.exec(readFileSync(join(BASES, file), 'utf8'))!
    const { session, stdout } = fakeSession({ env: { HOME: '/nonexistent' } })
    expect(await run(session, command!.split(' '))).toBe(0)
    expect(text).toBe(stdout())
  },
)
