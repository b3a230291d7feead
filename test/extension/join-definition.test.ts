import { describe, expect, it, vi } from 'vitest'
import { checkDefinition } from '../../extension/tasks/join-definition.ts'
import { durationMsOf } from '../../shared/duration.ts'
import packageJson from '../../package.json' with { type: 'json' }

vi.mock('vscode', () => import('./support/fake-vscode.ts'))

const LEAST = { type: 'kubectl-leader', election: 'worker', command: './work' }

describe('a task in tasks.json', () => {
  it('needs no more than an election and a command', () => {
    expect(checkDefinition(LEAST)).toEqual({
      ...{ lock: 'lease', name: 'worker', namespace: undefined, context: undefined },
      ...{ command: './work', isTaking: false, maxHoldMs: undefined },
    })
  })

  it('can say all of it', () => {
    const whole = { ...LEAST, election: 'configmap/worker', namespace: 'shop', context: 'prod-eu', take: true, maxHold: '1m30s' }
    expect(checkDefinition(whole)).toEqual({
      ...{ lock: 'configmap', name: 'worker', namespace: 'shop', context: 'prod-eu' },
      ...{ command: './work', isTaking: true, maxHoldMs: 90_000 },
    })
  })

  it.each<[object, string]>([
    [{ type: 'kubectl-leader', command: 'x' }, 'The task of type kubectl-leader has no "election".'],
    [{ ...LEAST, election: 'shop/worker' }, 'The "election" of the task of type kubectl-leader is not valid: "shop/worker"'],
    [{ ...LEAST, election: 'redis://h/0?key=x' }, 'The "election" of the task of type kubectl-leader is not valid: "redis://h/0?key=x"'],
    [{ ...LEAST, election: '-n' }, 'The "election" of the task of type kubectl-leader is not valid: "-n"'],
    [{ ...LEAST, command: ' ' }, 'The "command" of the task of type kubectl-leader is not valid: " "'],
    [{ ...LEAST, take: 'yes' }, 'The "take" of the task of type kubectl-leader is not valid: "yes"'],
    [{ ...LEAST, maxHold: 'soon' }, 'The "maxHold" of the task of type kubectl-leader is not valid: "soon"'],
    [{ ...LEAST, maxHold: 10 }, 'The "maxHold" of the task of type kubectl-leader is not valid: 10'],
    [{ ...LEAST, namespace: 7 }, 'The "namespace" of the task of type kubectl-leader is not valid: 7'],
  ])('%j is refused', (definition, message) => {
    expect(() => checkDefinition(definition as { type: string })).toThrow(message)
  })
})

describe('the maximum hold time has one grammar in package.json and in the code', () => {
  const { maxHold } = packageJson.contributes.taskDefinitions[0]!.properties
  const patterns = [maxHold.pattern, packageJson.contributes.configuration.properties['kubectlLeader.maxHold'].pattern]

  it.each(['0', '10m', '90', '1m30s', '1.5h', '500ms', '1h1m1s', '', '.5s', '1..5s', '10 m', 'm', '-1s', '1d', '1e3s', '5.'])('%j', (text) => {
    for (const pattern of patterns) expect(new RegExp(pattern).test(text)).toBe(durationMsOf(text.trim()) !== null)
  })
})
