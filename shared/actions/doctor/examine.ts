import type { Category } from '../../lease/category.ts'
import type { Check, ElectionEvidence, Surroundings } from './evidence.ts'
import { compareFindings, type Finding } from './finding.ts'
import { checkHolderClock, checkLocalClock } from './clock-checks.ts'
import { checkFlapping } from './flapping-checks.ts'
import { checkHolder } from './holder-checks.ts'
import { checkIdentities } from './identity-checks.ts'
import { checkLeftovers } from './leftover-checks.ts'
import { checkDeletion, checkLock, checkOtherUse } from './lock-checks.ts'
import { checkAccount, checkUser, type UserAccess } from './permission-checks.ts'
import { checkHeartbeat, checkRenewals } from './renewal-checks.ts'
import { checkTimings } from './timing-checks.ts'

const CHECKS: Readonly<Record<Category, readonly Check[]>> = {
  election: [
    checkRenewals,
    checkHolder,
    checkFlapping,
    checkIdentities,
    checkTimings,
    checkHolderClock,
    checkLeftovers,
    checkLock,
    checkDeletion,
    checkAccount,
  ],
  node: [checkHeartbeat],
  apiserver: [checkHeartbeat],
  other: [checkOtherUse],
}

/** All findings for the evidence, the most severe first. Pure. */
export function examine(elections: Iterable<ElectionEvidence>, around: Surroundings, user: UserAccess): readonly Finding[] {
  const findings = [...checkLocalClock(around), ...checkUser(user)]
  for (const evidence of elections) for (const check of CHECKS[evidence.election.category]) findings.push(...check(evidence, around))
  return findings.sort(compareFindings)
}
