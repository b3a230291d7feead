import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { withCommandFirst, withPlainFlags } from '../../kubectl-plugin/flag-values.ts'

const program = new Command()
program
  .command('list')
  .alias('get')
  .option('-A, --all-namespaces')
  .option('-o, --output <format>')
  .option('-l, --selector <labels>')
  .option('--no-headers')
program.command('generate').command('rbac').option('--watch')

describe('flags with their value after an equals sign', () => {
  it.each([
    ['list -A', 'list -A'],
    ['list -A=true', 'list -A'],
    ['list --all-namespaces=true', 'list --all-namespaces'],
    ['list -A=false', 'list'],
    ['list -A --all-namespaces=false', 'list'],
    ['list -A=false -A', 'list -A'],
    ['list --no-headers=true', 'list --no-headers'],
    ['list --no-headers=0', 'list'],
    ['get --no-headers=T', 'get --no-headers'],
    ['list -o=json', 'list -o json'],
    ['list -ojson', 'list -ojson'],
    ['list --output=json', 'list --output=json'],
    ['list -o=jsonpath={.a==1}', 'list -o jsonpath={.a==1}'],
    ['list -l -A=false', 'list -l -A=false'],
    ['list --unknown=true', 'list --unknown=true'],
    ['generate rbac --watch=true', 'generate rbac --watch'],
    ['list -- -A=true', 'list -- -A=true'],
    ['--help', '--help'],
  ])('%s', (typed, plain) => {
    expect(withPlainFlags(program, typed.split(' '))).toEqual(plain.split(' '))
  })

  it('take true and false alone, where they are booleans', () => {
    expect(() => withPlainFlags(program, ['list', '-A=maybe'])).toThrow(
      '"maybe" is not a value for --all-namespaces. Use true or false.',
    )
  })
})

describe('flags before the command', () => {
  const known = new Command().option('-n, --namespace <namespace>').option('-A, --all-namespaces').option('--insecure')

  it.each([
    ['-n shop list', 'list -n shop'],
    ['-nshop list -o json', 'list -nshop -o json'],
    ['-n=shop list', 'list -n=shop'],
    ['--namespace shop --insecure describe web', 'describe --namespace shop --insecure web'],
    ['--namespace=shop -A=false list', 'list --namespace=shop -A=false'],
    ['-n list list', 'list -n list'],
    ['list -n shop', 'list -n shop'],
    ['join web -- sh -c x', 'join web -- sh -c x'],
    ['-n shop generate rbac web', 'generate rbac -n shop web'],
    ['-n shop generate', 'generate -n shop'],
    ['-o json list', '-o json list'],
    ['-n shop', '-n shop'],
    ['--help', '--help'],
    ['--version', '--version'],
  ])('%s', (typed, plain) => {
    expect(withCommandFirst(known, typed.split(' '))).toEqual(plain.split(' '))
  })
})
