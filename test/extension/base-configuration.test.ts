import { describe, expect, it } from 'vitest'
import { blindness, childConfiguration, forPlatform, proposedArguments, type LaunchConfiguration } from '../../extension/debug/base-configuration.ts'

const base = (more: object = {}): LaunchConfiguration => ({ type: 'go', request: 'launch', name: 'Launch', ...more })
const overrides = { args: ['--leader-elect=false'], env: { LEADER_NAME: 'x' } }

describe('the configuration that runs while leading', () => {
  it('has the arguments appended and the environment added', () => {
    const child = childConfiguration(base({ args: ['--v=2'], env: { A: '1', LEADER_NAME: 'old' } }), overrides, 'linux')
    expect(child).toEqual({ ...base(), args: ['--v=2', '--leader-elect=false'], env: { A: '1', LEADER_NAME: 'x' } })
  })

  it.each([
    ['go', {}, { env: { LEADER_NAME: 'x' } }],
    ['lldb-dap', { env: ['A=1'] }, { env: ['A=1', 'LEADER_NAME=x'] }],
    ['cppdbg', { environment: [{ name: 'A', value: '1' }] }, { environment: [{ name: 'A', value: '1' }, { name: 'LEADER_NAME', value: 'x' }] }],
    ['cppvsdbg', {}, { environment: [{ name: 'LEADER_NAME', value: 'x' }] }],
  ])('has the environment as %s writes it', (type, more, expected) => {
    expect(childConfiguration(base({ type, ...more }), { args: [], env: { LEADER_NAME: 'x' } }, 'linux')).toEqual({ ...base({ type }), ...expected })
  })

  it('has arguments in one string if its base has', () => {
    expect(childConfiguration(base({ args: '--v=2' }), overrides, 'linux')['args']).toBe('--v=2 --leader-elect=false')
  })

  it('has no arguments if there are none', () => {
    expect(childConfiguration(base(), { args: [], env: {} }, 'linux')).not.toHaveProperty('args')
  })

  it('has no tasks: the session that leads runs them', () => {
    const tasks = { preLaunchTask: 'build', postDebugTask: 'clean', preRestartTask: 'a', postRestartTask: 'b' }
    expect(Object.keys(childConfiguration(base(tasks), overrides, 'linux')).filter((key) => key.endsWith('Task'))).toEqual([])
  })

  it('adds the environment to that of the section for this platform, which would replace it', () => {
    const sections = { env: { A: '1' }, linux: { env: { B: '2' }, preLaunchTask: 'build' }, osx: { env: { C: '3' } } }
    expect(childConfiguration(base(sections), overrides, 'linux')['env']).toEqual({ B: '2', LEADER_NAME: 'x' })
    expect(childConfiguration(base(sections), overrides, 'darwin')['env']).toEqual({ C: '3', LEADER_NAME: 'x' })
    expect(childConfiguration(base(sections), overrides, 'win32')['env']).toEqual({ A: '1', LEADER_NAME: 'x' })
    expect(forPlatform(base(sections), 'linux')['preLaunchTask']).toBe('build')
  })
})

describe('proposed arguments', () => {
  it.each([
    [['--leader-elect'], ['--leader-elect=false']],
    [['--leader-elect=true', '-v'], ['--leader-elect=false']],
    [['--enable-leader-election'], ['--enable-leader-election=false']],
    [['-leader-election=true'], ['-leader-election=false']],
    [['--leader-elect-lease-duration=15s'], []],
    [['leader-elect'], []],
    ['--v=2 --leader-elect', ['--leader-elect=false']],
    [undefined, []],
    [[7, null], []],
  ])('turn off the election of %j', (args, expected) => {
    expect(proposedArguments(base({ args }))).toEqual(expected)
  })
})

describe('the end of the program', () => {
  it.each([
    [{}, 'linux', null],
    [{}, 'darwin', null],
    [{}, 'win32', 'platform'],
    [{ request: 'attach' }, 'linux', 'attach'],
    [{ type: 'docker' }, 'linux', 'elsewhere'],
    [{ pipeTransport: {} }, 'linux', 'elsewhere'],
  ] as const)('of %j on %s is blind because of %s', (more, platform, expected) => {
    expect(blindness(base(more), platform)).toBe(expected)
  })
})
