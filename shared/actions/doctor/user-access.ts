import { mayI, type Permission } from '../../cluster/access-review.ts'
import type { Advised } from '../../remedy.ts'
import type { ApiClient } from '../../cluster/client.ts'
import { lockResource } from '../../cluster/elections/election-collection.ts'
import { EVENTS, NODES, PODS, type Place } from '../../cluster/paths.ts'
import type { ElectionScope } from '../../cluster/elections/scope.ts'
import type { UserAccess } from './permission-checks.ts'

/** Up to this many namespaces, check each of them; with more, check all namespaces at once. */
const MOST_NAMESPACES = 8

/**
 * Finds the permissions that the user lacks for the commands of this program, in the given namespaces. Rejects only with
 * the signal's reason.
 */
export async function lookUpUser(
  client: ApiClient,
  { locks = ['lease'], names }: ElectionScope,
  namespaces: readonly string[],
  signal?: AbortSignal,
): Promise<UserAccess & { readonly gap: Advised | null }> {
  const places: readonly Place[] = namespaces.length > MOST_NAMESPACES ? [{}] : namespaces.map((namespace) => ({ namespace }))
  const permissions: Permission[] = [{ verb: 'get', resource: NODES, place: {} }]
  for (const place of places) {
    const named = names?.length === 1 ? { ...place, name: names[0]! } : place
    for (const lock of locks) {
      for (const verb of ['get', 'list', 'watch', 'update']) permissions.push({ verb, resource: lockResource(lock), place: named })
      permissions.push({ verb: 'create', resource: lockResource(lock), place })
    }
    for (const verb of ['list', 'create']) permissions.push({ verb, resource: EVENTS, place })
    permissions.push({ verb: 'list', resource: PODS, place })
  }
  const answers = await Promise.all(permissions.map((permission) => mayI(client, permission, signal)))
  return {
    missing: permissions.filter((_, index) => answers[index] === false),
    gap: answers.includes(null) ? { message: 'Could not check your own permissions.' } : null,
  }
}
