import { benchCrash } from './crash.ts'
import { buildOurCandidate } from './election-candidate.ts'
import { benchHandover } from './handover.ts'
import { benchStandby } from './standby.ts'
import type { Row } from './table.ts'
import { benchThousand } from './thousand.ts'

/** The elector beside client-go's, each as a program of its own; some six minutes, or three quick ones. */
export async function benchElections(clientGoCandidate: string, kubeconfig: string, isQuick: boolean): Promise<Row[]> {
  using ours = await buildOurCandidate()
  const programs = { ours, theirs: { file: clientGoCandidate, args: [] }, kubeconfig }
  return [
    ...(await benchThousand(programs, 1_000, isQuick ? 20 : 60)),
    ...(await benchHandover(programs, isQuick ? { ours: 20, theirs: 5 } : { ours: 100, theirs: 10 })),
    ...(await benchCrash(programs, 10, isQuick ? 1 : 3)),
    ...(await benchStandby(programs, isQuick ? 60 : 180)),
  ]
}
