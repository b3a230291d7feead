import { mayAccount, type Permission } from '../../cluster/access-review.ts'
import { gapOf, type Advised } from '../../remedy.ts'
import type { ApiClient } from '../../cluster/client.ts'
import { lockResource } from '../../cluster/elections/election-collection.ts'
import { ClusterError } from '../../cluster/errors.ts'
import { EVENTS, type Place, type Resource } from '../../cluster/paths.ts'
import type { PodFacts } from '../../cluster/holders/pods.ts'
import { electionKey } from '../../lease/election-ref.ts'
import type { Election } from '../../lease/election.ts'
import type { AccountAccess } from './evidence.ts'
import { phrase } from '../../phrase.ts'

/** client-go's recorders use either API group. Both have the same objects, but separate permissions. */
const NEW_EVENTS: Resource = { ...EVENTS, group: 'events.k8s.io' }
/** Each question is a request of its own. More would be a burden for the API server. */
const MOST_QUESTIONS = 500
const AT_A_TIME = 8

/** An election, and the Pod of its holder. */
export interface HeldByPod {
  readonly election: Election
  readonly pod: PodFacts
}

/** The permissions of service accounts, by `electionKey`. */
export interface AccountLookup {
  readonly accounts: ReadonlyMap<string, AccountAccess>
  readonly gap: Advised | null
}

/** Checks the permissions of holders' service accounts in their elections. Rejects only with the signal's reason. */
export async function lookUpAccounts(client: ApiClient, held: readonly HeldByPod[], signal?: AbortSignal): Promise<AccountLookup> {
  const accounts = new Map<string, AccountAccess>()
  const asker = new Asker(client, signal)
  const queue = held.values()
  const work = async (): Promise<void> => {
    for (const each of queue) {
      if (asker.questions >= MOST_QUESTIONS) return
      accounts.set(electionKey(each.election), await asker.access(each))
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, work))
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    return { accounts, gap: gapOf(phrase`Could not check the permissions of the holders' service accounts`, error) }
  }
  const left = held.length - accounts.size
  const message = `Did not check the permissions of the holders' service accounts for ${left} of ${held.length} elections. To check one, name it.`
  return { accounts, gap: left > 0 ? { message } : null }
}

class Asker {
  questions = 0
  readonly #client: ApiClient
  readonly #signal: AbortSignal | undefined
  readonly #answers = new Map<string, Promise<boolean>>()

  constructor(client: ApiClient, signal: AbortSignal | undefined) {
    this.#client = client
    this.#signal = signal
  }

  async access({ election, pod }: HeldByPod): Promise<AccountAccess> {
    const { namespace, name, lock } = election
    const resource = lockResource(lock)
    // A permission for the whole namespace is checked once for all of its elections.
    const mayHere = async (verb: string): Promise<boolean> =>
      (await this.#may(pod, verb, resource, { namespace })) || this.#may(pod, verb, resource, { namespace, name })
    const [get, update, create, events] = await Promise.all([
      mayHere('get'),
      mayHere('update'),
      this.#may(pod, 'create', resource, { namespace }),
      this.#may(pod, 'create', EVENTS, { namespace }),
    ])
    const mayRecordEvents = events || (await this.#may(pod, 'create', NEW_EVENTS, { namespace }))
    return { serviceAccount: pod.serviceAccount, namespace: pod.namespace, verbs: { get, update, create }, mayRecordEvents }
  }

  #may(pod: PodFacts, verb: string, resource: Resource, place: Place & { readonly namespace: string }): Promise<boolean> {
    const account = { namespace: pod.namespace, name: pod.serviceAccount }
    const key = JSON.stringify([account, verb, resource.group, resource.plural, place])
    const known = this.#answers.get(key)
    if (known) return known
    this.questions += 1
    const permission: Permission & { place: { namespace: string } } = { verb, resource, place }
    const answer = mayAccount(this.#client, account, permission, this.#signal)
    answer.catch(() => {})
    this.#answers.set(key, answer)
    return answer
  }
}
