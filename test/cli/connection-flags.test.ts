import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { addConnectionFlags, type ConnectionFlags } from '../../kubectl-plugin/connection-flags.ts'

const parse = (...args: string[]): ConnectionFlags =>
  addConnectionFlags(new Command()).exitOverride().parse(args, { from: 'user' }).opts<ConnectionFlags>()

describe('the flag --as-user-extra', () => {
  it('may be repeated, also with the same key', () => {
    const { asUserExtra } = parse('--as-user-extra', 'scopes=a', '--as-user-extra=reason=x=1', '--as-user-extra', 'scopes=', '--as', 'joe')
    expect(asUserExtra).toEqual(new Map([['scopes', ['a', '']], ['reason', ['x=1']]]))
  })

  it.each(['scopes', '=a', ''])('is a key and a value: %j is not', (text) => {
    expect(() => parse('--as-user-extra', text)).toThrow(`"${text}" is not a valid extra field. Use KEY=VALUE.`)
  })
})
