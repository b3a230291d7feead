import type { ApiClient } from '../../shared/cluster/client.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { apiPath, PODS, subjectOf } from '../../shared/cluster/paths.ts'
import type { History } from '../../shared/history/history.ts'
import { podOf, podTimesOf, type PodTimes } from '../../shared/history/pod-ends.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { printText } from '../output/wrap.ts'
import type { Session } from '../session.ts'

/** Each Pod costs one request. */
const MOST_PODS = 50

/**
 * When the containers of past leaders ended, as far as their Pods are still there. Warns on stderr of what cannot be read.
 * Rejects only with the signal's reason.
 */
export async function readPods(session: Session, client: ApiClient, history: History): Promise<readonly PodTimes[]> {
  const ended = history.terms.filter(({ end }) => end && end.how !== 'released')
  const places = new Map(ended.flatMap((term) => podOf(term, history) ?? []).map(({ namespace, name }) => [`${namespace}/${name}`, { namespace, name }]))
  const pods: PodTimes[] = []
  for (const place of [...places.values()].slice(-MOST_PODS)) {
    try {
      const pod = await client.request({ method: 'GET', path: apiPath(PODS, place), subject: subjectOf('get', PODS, place), signal: session.signal })
      pods.push(...[podTimesOf(pod, place)].filter((times) => times !== null))
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      if (error.kind === 'notFound') continue
      printText(session.stderr, `Warning: Cannot read the Pods of past leaders, so it is not known when their containers ended: ${harmless(error.message)}`)
      break
    }
  }
  return pods
}
