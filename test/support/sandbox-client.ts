import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { connect } from '../../shared/cluster/connection/connection.ts'
import type { Sandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'

export interface SandboxUserChoice {
  /** Default: the administrator. */
  readonly user?: string
  readonly namespace?: string
  /** More namespaces that contexts of the kubeconfig name. */
  readonly knownNamespaces?: readonly string[]
}

/** Connects to a sandbox through a kubeconfig file, as a person would. */
export async function connectTo(sandbox: Sandbox, choice: SandboxUserChoice = {}): Promise<ApiClient> {
  const { knownNamespaces = [], ...options } = choice
  const kubeconfig = sandbox.kubeconfig(options) as { contexts: { name: string; context: object }[] }
  const [context] = kubeconfig.contexts
  for (const namespace of knownNamespaces) {
    kubeconfig.contexts.push({ name: `in ${namespace}`, context: { ...context!.context, namespace } })
  }
  const directory = mkdtempSync(join(tmpdir(), 'sandbox-client-'))
  try {
    const file = join(directory, 'kubeconfig')
    writeFileSync(file, JSON.stringify(kubeconfig))
    return await connect({ kubeconfig: file }, { env: {}, clock: systemClock, version: 'test' })
  } finally {
    rmSync(directory, { recursive: true })
  }
}
