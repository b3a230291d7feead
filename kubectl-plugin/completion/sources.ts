import type { ApiClient } from '../../shared/cluster/client.ts'
import { listElections } from '../../shared/cluster/elections/election-list.ts'
import { loadKubeconfig } from '../../shared/cluster/connection/kubeconfig.ts'
import { readCandidates } from '../../shared/candidates/read-candidates.ts'
import { listNodes, type NodeFacts } from '../../shared/cluster/holders/nodes.ts'
import { candidateNamespaces } from '../../shared/cluster/elections/readable-namespaces.ts'
import type { LockKind } from '../../shared/lease/election-ref.ts'
import { connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import type { Session } from '../session.ts'
import type { CompletionSources } from './complete.ts'

/** How long a completion waits for a cluster. */
const PATIENCE_MS = 3_000

interface Flags extends ConnectionFlags {
  readonly allNamespaces?: boolean
  readonly lock?: readonly LockKind[]
}

/** Completions from the cluster and the kubeconfig that the flags choose. If they cannot be read, there are none. */
export function clusterSources(session: Session, flags: Flags): CompletionSources {
  const entries = async (kind: 'contexts' | 'clusters' | 'users'): Promise<readonly string[]> =>
    orNothing(async () => [...(await loadKubeconfig(flags.kubeconfig, session.env))[kind].keys()])

  const ask = (question: (client: ApiClient) => Promise<readonly string[]>): Promise<readonly string[]> =>
    orNothing(async () => {
      const client = await connectWith(session, { ...flags, requestTimeout: PATIENCE_MS })
      try {
        return await question(client)
      } finally {
        client.close()
      }
    })

  const nodes = (client: ApiClient): Promise<readonly NodeFacts[]> => listNodes(client, session.clock, session.signal)
  return {
    contexts: () => entries('contexts'),
    clusters: () => entries('clusters'),
    users: () => entries('users'),
    namespaces: () => ask((client) => candidateNamespaces(client, session.clock, session.signal)),
    candidates: (election) =>
      ask(async (client) => {
        const { lock, name } = parseElectionName(election)
        const place = { lock: lock ?? 'lease', namespace: client.namespace, name }
        const { candidates } = await readCandidates(client, session.clock, place, session.signal)
        const standbys = candidates.filter(({ isLeader }) => !isLeader)
        return standbys.flatMap(({ pod, identity }) => [...(pod ? [`pod/${pod.name}`] : []), ...(identity === null ? [] : [identity])])
      }),
    nodes: () => ask(async (client) => (await nodes(client)).map(({ name }) => name)),
    zones: () => ask(async (client) => [...new Set((await nodes(client)).flatMap(({ zone }) => zone ?? []))]),
    elections: () =>
      ask(async (client) => {
        const namespaces = flags.allNamespaces ? ('all' as const) : [client.namespace]
        const scope = { namespaces, ...(flags.lock && { locks: flags.lock }) }
        const { elections } = await listElections(client, scope, { clock: session.clock, signal: session.signal })
        return [...new Set(elections.filter(({ category }) => category === 'election').map(({ name }) => name))]
      }),
  }
}

async function orNothing(ask: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await ask()
  } catch {
    // A message would appear in the middle of the line that is being typed. Running the command reports the error.
    return []
  }
}
