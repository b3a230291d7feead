import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KubeconfigSource, type KubeconfigReading } from '../../extension/clusters/kubeconfig-source.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'

let folder: string
let source: KubeconfigSource
let told: (string | undefined)[]

/** A file with one context. */
function file(name: string, context: string): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify({ 'current-context': context }))
  return path
}

const currentOf = ({ kubeconfig }: KubeconfigReading): string | undefined => kubeconfig?.currentContext ?? undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
  source = new KubeconfigSource(file('one', 'first'), {}, new FakeClock())
  told = []
  source.onChange((reading) => told.push(currentOf(reading)))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the kubeconfig', () => {
  it('is reported when it was read, and again when it has changed', async () => {
    await source.look()
    await source.look()
    file('one', 'second')
    await source.look()
    expect(told).toEqual(['first', 'second'])
  })

  it('is read once for all callers in the meantime, and each gets the current contents', async () => {
    await source.look()
    file('one', 'second')
    const readings = await Promise.all([source.look(), source.look()])
    expect(readings.map(currentOf)).toEqual(['second', 'second'])
    expect(told).toEqual(['first', 'second'])
  })

  it('is that of the last chosen file, even while another one is being read', async () => {
    const readings = await Promise.all([source.look(), source.choose(file('another', 'chosen'))])
    expect(readings.map(currentOf)).toEqual(['chosen', 'chosen'])
    expect(told).toEqual(['chosen'])
  })
})
