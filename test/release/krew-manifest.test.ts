import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { krewManifest } from '../../release/krew-manifest.ts'
import { binaryOf, nameOf, TARGETS } from '../../release/targets.ts'
import { krewFaults, type Manifest } from './krew-rules.ts'

const archives = TARGETS.map((target, index) => ({
  target,
  uri: `https://host/v1.2.3/kubectl-leader-1.2.3-${nameOf(target)}.tar.gz`,
  sha256: String(index).repeat(64),
}))
const manifest = load(krewManifest({ version: '1.2.3', homepage: 'https://host', archives })) as Manifest

it('follows the rules of krew and of its index', () => {
  expect(krewFaults('leader', manifest)).toEqual([])
})

it('names a file, its checksum and its program for each platform', () => {
  expect(manifest.spec?.platforms).toEqual(
    archives.map(({ target: { os, arch }, uri, sha256 }, index) => ({
      selector: { matchLabels: { os, arch } },
      uri,
      sha256,
      bin: binaryOf(TARGETS[index]!),
    })),
  )
})

it('has the version in krew\'s format', () => {
  expect(manifest.spec?.version).toBe('v1.2.3')
})

describe('the rules find', () => {
  const { spec } = manifest
  const [first, ...others] = spec!.platforms!
  const withPlatform = (change: object): Manifest => ({ ...manifest, spec: { ...spec, platforms: [{ ...first!, ...change }, ...others] } })
  it.each<[string, string, Manifest, string]>([
    ['another API version', 'leader', { ...manifest, apiVersion: 'v1' }, 'apiVersion'],
    ['another kind', 'leader', { ...manifest, kind: 'Pod' }, 'kind'],
    ['a name that is none', 'le/ader', { ...manifest, metadata: { name: 'le/ader' } }, 'name'],
    ['a name that Windows keeps for itself', 'con', { ...manifest, metadata: { name: 'con' } }, 'name'],
    ['a name that is not the file\'s', 'other', manifest, 'file'],
    ['a name that repeats kubectl', 'kubectl-leader', { ...manifest, metadata: { name: 'kubectl-leader' } }, 'kubectl'],
    ['no version', 'leader', { ...manifest, spec: { ...spec, version: '' } }, 'version'],
    ['a version without v', 'leader', { ...manifest, spec: { ...spec, version: '1.2.3' } }, 'version'],
    ['a version of two numbers', 'leader', { ...manifest, spec: { ...spec, version: 'v1.2' } }, 'version'],
    ['no short description', 'leader', { ...manifest, spec: { ...spec, shortDescription: '' } }, 'shortDescription'],
    ['two lines of short description', 'leader', { ...manifest, spec: { ...spec, shortDescription: 'a\nb' } }, 'shortDescription'],
    ['no homepage', 'leader', { ...manifest, spec: { ...spec, homepage: '' } }, 'homepage'],
    ['no platform', 'leader', { ...manifest, spec: { ...spec, platforms: [] } }, 'platforms'],
    ['no address', 'leader', withPlatform({ uri: '' }), 'uri'],
    ['an address that is not safe', 'leader', withPlatform({ uri: 'http://host/a.tar.gz' }), 'uri'],
    ['an archive that krew can\'t unpack', 'leader', withPlatform({ uri: 'https://host/a.rar' }), 'uri'],
    ['a sum in capitals', 'leader', withPlatform({ sha256: 'A'.repeat(64) }), 'sha256'],
    ['no program', 'leader', withPlatform({ bin: '' }), 'bin'],
    ['files that are none', 'leader', withPlatform({ files: [] }), 'files'],
    ['a file without a place', 'leader', withPlatform({ files: [{ from: '*', to: '' }] }), 'files'],
    ['a platform for none', 'leader', withPlatform({ selector: {} }), 'selector'],
    ['a selector of anything else', 'leader', withPlatform({ selector: { matchLabels: { os: 'linux', libc: 'musl' } } }), 'selector'],
    ['a platform twice', 'leader', withPlatform({ selector: others[0]!.selector }), 'overlap'],
    ['a program for Windows that Windows does not run', 'leader', withPlatform({ selector: { matchLabels: { os: 'windows', arch: '386' } } }), 'bin'],
  ])('%s', (_, file, faulty, fault) => {
    expect(krewFaults(file, faulty)).toEqual([expect.stringContaining(fault)])
  })
})
