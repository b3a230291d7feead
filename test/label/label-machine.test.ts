import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { describe, expect, it } from 'vitest'
import { LabelMachine, type LabeledPod, type LabelStep } from '../../shared/label/label-machine.ts'
import { simulateLabels, type MachineClass } from './label-simulation.ts'

const SOURCE = new URL('../../shared/label/label-machine.ts', import.meta.url)
const SEEDS = 3_000

/** The machine with a mistake in its source. */
async function planted(right: string, wrong: string): Promise<MachineClass> {
  const source = readFileSync(SOURCE, 'utf8')
  expect(source.split(right)).toHaveLength(2)
  const code = stripTypeScriptTypes(source.replace(right, wrong))
  const module = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)) as { LabelMachine: MachineClass }
  return module.LabelMachine
}

const TWO_LABELS = /are labeled at revision/

const violationOf = (machine: MachineClass, seeds: number, kind = /./): string | null => {
  for (let seed = 1; seed <= seeds; seed++) {
    const violation = simulateLabels(seed, machine).find((each) => kind.test(each))
    if (violation !== undefined) return `seed ${seed}: ${violation}`
  }
  return null
}

describe('at no revision do two Pods have the label', () => {
  it(`in ${SEEDS} simulated elections`, () => {
    expect(violationOf(LabelMachine, SEEDS)).toBeNull()
  })

  it.each([
    ['unlabeled Pods are not fenced', '!entry.isFenced && entry.refusal === null', '!entry.isFenced && entry.pod.isLabeled && entry.refusal === null'],
    ['a write without an answer counts as one that did not happen', "        entry.isOutdated = true\n        entry.isFenced = false\n", '        entry.isOutdated = true\n'],
    ['a fence does not change from write to write', '.${++this.#count}`', '.0`'],
    ['the lease is not read again after the Pod', 'isConfirmed: false }', 'isConfirmed: true }'],
    ['a Pod is labeled although another one cannot be written', 'target === null || refusals.length > 0', 'target === null'],
    ['a Pod that has changed counts as fenced', "      case 'conflict':\n        entry.isOutdated = true", "      case 'conflict':\n        entry.isFenced = true"],
    ['the Pod before is not fenced when the leader changes', 'entry.isFenced = !isLabeled', 'entry.isFenced = true'],
  ])('and a planted mistake is caught: %s', async (_, right, wrong) => {
    expect(violationOf(await planted(right, wrong), SEEDS, TWO_LABELS)).not.toBeNull()
  })
})

describe('a label that its writer has removed does not come back', () => {
  it.each([
    ['a write without an answer is forgotten', '        if (isLabeled) entry.mayBeLabeled = true\n', ''],
    ['it is not removed', "if (!open) return { step: 'withdrawn'", "return { step: 'withdrawn'"],
    ['the label of a later writer is removed', 'if (isOvertaken || pod.uid', 'if (pod.uid'],
  ])('and a planted mistake is caught: %s', async (_, right, wrong) => {
    expect(violationOf(await planted(right, wrong), SEEDS, /has removed|after the end|over the later/)).not.toBeNull()
  })
})

describe('a writer', () => {
  const pod = (name: string, more: Partial<LabeledPod> = {}): LabeledPod => ({ name, uid: name, resourceVersion: '1', isLabeled: false, fence: null, ...more })
  const machine = (...pods: readonly LabeledPod[]): LabelMachine => {
    const made = new LabelMachine('50')
    made.target = 'a'
    expect(made.next()).toEqual({ step: 'list' })
    made.listed(pods)
    return made
  }
  const write = (made: LabelMachine): Extract<LabelStep, { step: 'write' }> => {
    const step = made.next()
    if (step.step !== 'write') throw new Error(`${step.step} instead of write`)
    return step
  }
  const fenceOthers = (made: LabelMachine): void => {
    for (let step = made.next(); step.step === 'write' && !step.isLabeled; step = made.next()) made.wrote(step, { result: 'written', resourceVersion: '2' })
  }

  it('fences every other Pod, then reads its own, confirms its lease, and labels', () => {
    const made = machine(pod('a'), pod('b'), pod('c', { isLabeled: true, fence: '40.7' }))
    expect(write(made)).toMatchObject({ pod: { name: 'b' }, isLabeled: false, fence: '50.1' })
    fenceOthers(made)
    expect(made.next()).toEqual({ step: 'read', name: 'a' })
    made.read('a', pod('a', { resourceVersion: '9' }))
    expect(made.next()).toEqual({ step: 'confirm' })
    made.confirmed(true)
    const label = write(made)
    expect(label).toMatchObject({ pod: { name: 'a', resourceVersion: '9' }, isLabeled: true })
    made.wrote(label, { result: 'written', resourceVersion: '10' })
    expect(made.next()).toEqual({ step: 'wait', labeled: 'a', refusals: [] })
  })

  it.each([
    ['the lease is not its own any more', (made: LabelMachine) => made.confirmed(false)],
    ['a Pod bears a higher token', (made: LabelMachine) => made.read('b', pod('b', { fence: '51.1' }))],
  ])('ends if %s', (_, happen) => {
    const made = machine(pod('a'), pod('b'))
    happen(made)
    expect(made.next()).toEqual({ step: 'end' })
  })

  it('does not end for a lower token of more digits to read: tokens are numbers', () => {
    const made = machine(pod('a'), pod('b', { fence: '9.1' }))
    expect(made.next()).toMatchObject({ step: 'write' })
  })

  it('labels none while one Pod cannot be written, says so, and tries again', () => {
    const made = machine(pod('a'), pod('b'), pod('c'))
    made.wrote(write(made), { result: 'refused', reason: 'forbidden' })
    made.wrote(write(made), { result: 'written', resourceVersion: '2' })
    expect(made.next()).toEqual({ step: 'wait', labeled: null, refusals: [{ pod: 'b', reason: 'forbidden' }] })
    made.retry()
    expect(made.next()).toEqual({ step: 'read', name: 'b' })
  })

  it('removes the label when there is no leader any more', () => {
    const made = machine(pod('a', { isLabeled: true, fence: '40.1' }), pod('b'))
    made.target = null
    fenceOthers(made)
    expect(made.next()).toEqual({ step: 'wait', labeled: null, refusals: [] })
  })

  it('does without a Pod that is gone', () => {
    const made = machine(pod('a'), pod('b'))
    made.wrote(write(made), { result: 'gone' })
    expect(made.next()).toEqual({ step: 'read', name: 'a' })
    made.read('a', null)
    expect(made.target).toBeNull()
    expect(made.next()).toEqual({ step: 'wait', labeled: null, refusals: [] })
  })
})
