import type { Permission } from '../../cluster/access-review.ts'
import { resourceName } from '../../cluster/paths.ts'
import type { ElectionEvidence } from './evidence.ts'
import type { Finding } from './finding.ts'
import { referenceTo, run } from './wording.ts'

/** Whether the holder's service account has the permissions that an elector needs. */
export function* checkAccount({ election, account, observation }: ElectionEvidence): Generator<Finding> {
  if (!account) return
  const { serviceAccount, namespace, verbs, mayRecordEvents } = account
  const who = `system:serviceaccount:${namespace}:${serviceAccount}`
  const missing = (['get', 'update', 'create'] as const).filter((verb) => !verbs[verb])
  const about = {
    election: referenceTo(election),
    remedy: run({
      program: 'kubectl leader',
      verb: 'generate rbac',
      namespace: election.namespace,
      operands: [`${election.lock}/${election.name}`],
      options: { 'service-account': serviceAccount },
      isApplied: true,
    }),
  }
  // If the lease is renewed although the service account may not update it, the program uses other credentials.
  if (!verbs.update && observation.hasSeenChange) return
  if (missing.length > 0) {
    const isWriting = missing.includes('update') || missing.includes('get')
    yield {
      ...about,
      code: 'accountMayNotRenew',
      severity: isWriting ? 'error' : 'warning',
      message:
        `The holder's service account ${namespace}/${serviceAccount} is not allowed to ${missing.join(' or ')} the ${election.lock}` +
        (isWriting ? ', so it cannot renew or acquire it.' : ', so no candidate can lead if the object is deleted.'),
      evidence: { user: who, missingVerbs: missing },
    }
  }
  if (mayRecordEvents) return
  yield {
    ...about,
    code: 'accountMayNotRecordEvents',
    severity: 'warning',
    message: `The holder's service account ${namespace}/${serviceAccount} is not allowed to create Events, so leader changes are not recorded.`,
    evidence: { user: who },
  }
}

/** The permissions that the user lacks for the commands of this program. */
export interface UserAccess {
  readonly missing: readonly Permission[]
}

/** Whether the user has the permissions for all commands of this program. */
export function* checkUser({ missing }: UserAccess): Generator<Finding> {
  const byPlace = new Map<string, Permission[]>()
  for (const permission of missing) {
    const { place, resource } = permission
    const key = JSON.stringify([place.namespace ?? null, resource.group, resource.plural])
    byPlace.set(key, [...(byPlace.get(key) ?? []), permission])
  }
  for (const some of byPlace.values()) {
    const { resource, place } = some[0]!
    const verbs = some.map(({ verb }) => verb)
    const where = place.namespace === undefined ? (resource.isNamespaced ? ' in all namespaces' : '') : ` in namespace ${place.namespace}`
    yield {
      code: 'userMayNot',
      severity: 'info',
      election: null,
      message: `You are not allowed to ${verbs.join(', ')} ${resourceName(resource)}${where}: ${WITHOUT[purposeOf(some)]}.`,
      evidence: { verbs, resource: resourceName(resource), namespace: place.namespace ?? null },
      remedy: run({
        program: 'kubectl',
        ...(place.namespace === undefined ? { verb: 'create clusterrole' } : { verb: 'create role', namespace: place.namespace }),
        operands: ['kubectl-leader-user'],
        options: { verb: verbs.join(','), resource: resourceName(resource) },
      }),
    }
  }
}

const WITHOUT = {
  drive: 'failover, release and join will be refused',
  look: 'some details are missing',
  record: 'your actions are not recorded as Events',
} as const

function purposeOf(permissions: readonly Permission[]): keyof typeof WITHOUT {
  if (permissions.some(({ verb, resource }) => verb === 'create' && resource.plural === 'events')) return 'record'
  return permissions.some(({ verb }) => verb === 'update') ? 'drive' : 'look'
}
