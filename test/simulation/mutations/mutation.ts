/** A mistake that could be made, as a change of the source: `from` stands in `file` exactly once, and becomes `to`. */
export interface Mutation {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** Why nothing can tell it from the original; absent where a test or the simulation must. */
  readonly equivalent?: string
}

/** Mistakes in one part of the program, with the unit tests that own it. */
export interface MutatedPart {
  readonly tests: readonly string[]
  readonly mutations: readonly Mutation[]
}

type Change = readonly [name: string, from: string, to: string, equivalent?: string]

export function mistakesIn(file: string, ...changes: readonly Change[]): readonly Mutation[] {
  return changes.map(([name, from, to, equivalent]) => ({ name, file, from, to, ...(equivalent !== undefined && { equivalent }) }))
}
