import { ClusterSession } from '../../../extension/clusters/cluster-session.ts'
import type { Sandbox } from '../../../shared/sandbox/index.ts'
import { systemClock } from '../../../shared/time/clock.ts'
import { connectTo } from '../../support/sandbox-client.ts'

/** A context of the extension whose cluster is a sandbox. */
export function sessionOn(sandbox: Sandbox): ClusterSession {
  return new ClusterSession({
    name: 'one',
    context: 'one',
    isSandbox: false,
    clock: systemClock,
    scope: { namespaces: 'all', locks: ['lease'] },
    open: () => connectTo(sandbox),
  })
}
