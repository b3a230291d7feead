import { describe, expect, it } from 'vitest'
import { DIFFERENCES, type ObservedField } from './differences.ts'
import { observe } from './observe.ts'
import type { ParityCase } from './parity-case.ts'

/** Runs the cases of a theme: both programs do the same, or differ just as `differences.ts` says. */
export function paritySuite(theme: string, cases: readonly ParityCase[]): void {
  const listed = DIFFERENCES.filter((difference) => difference.theme === theme)

  describe(`as kubectl does: ${theme}`, () => {
    it('has each name once, and every case that is listed to differ', () => {
      const names = cases.map(({ name }) => name)
      expect(new Set(names).size).toBe(names.length)
      const differing = listed.flatMap((difference) => difference.cases)
      expect(new Set(differing).size).toBe(differing.length)
      expect(names).toEqual(expect.arrayContaining(differing))
    })

    it.each(cases)('$name', async (parityCase) => {
      const [{ stderr: theirWords, ...theirs }, { stderr: ourWords, ...ours }] = await Promise.all([
        observe('kubectl', parityCase),
        observe('ours', parityCase),
      ])
      const said = `kubectl said: ${theirWords}\nkubectl-leader said: ${ourWords}`
      expect(theirs.outcome, said).toBe(parityCase.outcome)
      expect(ours.outcome, said).not.toBe('unknown')
      const difference = listed.find((each) => each.cases.includes(parityCase.name))
      if (!difference) {
        expect(ours, said).toEqual(theirs)
        return
      }
      const fields = Object.keys(theirs) as ObservedField[]
      const differing = fields.filter((field) => JSON.stringify(ours[field]) !== JSON.stringify(theirs[field]))
      expect(differing, `${said}\n${JSON.stringify({ theirs, ours }, null, 1)}`).toEqual(difference.fields)
    })
  })
}
