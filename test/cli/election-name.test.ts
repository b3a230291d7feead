import { describe, expect, it } from 'vitest'
import { parseElectionName } from '../../kubectl-plugin/election-name.ts'
import { CommandError, ExitCode } from '../../kubectl-plugin/exit-code.ts'

describe('[TYPE/]NAME', () => {
  it.each([
    ['x', null],
    ['a.b-c.9', null],
    ['lease/x', 'lease'],
    ['leases/x', 'lease'],
    ['Lease/x', 'lease'],
    ['lease.coordination.k8s.io/x', 'lease'],
    ['leases.coordination.k8s.io/x', 'lease'],
    ['configmap/x', 'configmap'],
    ['configmaps/x', 'configmap'],
    ['cm/x', 'configmap'],
    ['endpoints/x', 'endpoints'],
    ['ep/x', 'endpoints'],
  ])('%s is of type %s', (text, lock) => {
    expect(parseElectionName(text)).toEqual({ lock, name: text.slice(text.indexOf('/') + 1) })
  })

  it.each([
    ['nothing', ''],
    ['a type alone', 'lease/'],
    ['a name that looks like a flag', '--all'],
    ['one behind a type', 'lease/-x'],
    ['capitals', 'Web'],
    ['a line break', 'a\nb'],
    ['an escape sequence', '\u001b[31mred'],
    ['one that is too long', 'a'.repeat(254)],
    ['a path', '../x'],
    ['a type that carries no election', 'pod/x'],
    ['too many parts', 'lease/a/b'],
    ['Redis', 'redis://localhost:6379/0?key=x'],
  ])('refuses %s as wrong usage', (_what, text) => {
    expect(() => parseElectionName(text)).toThrow(CommandError)
    expect(() => parseElectionName(text)).toThrow(expect.objectContaining({ exitCode: ExitCode.usage }))
    expect(() => parseElectionName(text)).toThrow(/^[^\x00-\x1f]+$/)
  })

  it('says how to name a namespace', () => {
    expect(() => parseElectionName('kube-system/x')).toThrow('use -n kube-system')
  })
})
