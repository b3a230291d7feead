import { afterAll, beforeAll } from 'vitest'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { connectTo } from '../bench/leases.ts'
import { clientGoCandidate, startRealCluster, type RealCluster, type RealClusterOptions } from '../support/real-cluster.ts'
import { NodeCluster, type PodPlan } from './node-cluster.ts'
import type { Timings } from './pod-election.ts'

/** A real API server for all tests of a file, and what makes Nodes and Pods on it. */
export interface NodeServer {
  readonly server: RealCluster
  /** @param zones the zone of each Node */
  cluster(zones: Readonly<Record<string, string>>, plans: readonly PodPlan[]): Promise<NodeCluster>
}

/** Starts the server before the tests of this file, and stops it after them. */
export function useNodeServer(timings: Timings, options?: RealClusterOptions): NodeServer {
  let server: RealCluster
  let client: ApiClient
  beforeAll(async () => {
    server = await startRealCluster(options)
    client = await connectTo(server.kubeconfig)
  }, 600_000)
  afterAll(async () => {
    client.close()
    await server.close()
  })
  return {
    get server() {
      return server
    },
    cluster: (zones, plans) => NodeCluster.create(client, { clientGo: clientGoCandidate()!, kubeconfig: server.kubeconfig, timings }, zones, plans),
  }
}
