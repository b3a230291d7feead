/** Who runs as a candidate of an election, and how that is known. */
export type { Candidate, IdentitySource, UnknownIdentity } from './candidate.ts'
export { candidatesOf } from './candidates-of.ts'
export { leadersByNode, type LeadersByNode, type NodeLeaders } from './leaders-by-node.ts'
export { readCandidates, type Candidates } from './read-candidates.ts'
export { coordinatedChoice, hasAnsweredPing, type CoordinatedChoice } from './coordinated.ts'
