import type { V1LabelSelector, V1ObjectMeta } from '@kubernetes/client-node'
import type { ApiClient } from '../cluster/client.ts'
import { ClusterError } from '../cluster/errors.ts'
import type { ControllerReference } from '../cluster/holders/owner-reference.ts'
import { apiPath, DAEMON_SETS, JOBS, REPLICA_SETS, STATEFUL_SETS, subjectOf, type Resource } from '../cluster/paths.ts'
import { field, strings, unchecked, uncheckedList } from '../cluster/unchecked.ts'

/** The label must not be written, in any term. The message says why. */
export class LabelRefused extends Error {
  override readonly name = 'LabelRefused'
}

const CONTROLLERS: Readonly<Record<string, Resource>> = {
  ReplicaSet: REPLICA_SETS,
  StatefulSet: STATEFUL_SETS,
  DaemonSet: DAEMON_SETS,
  Job: JOBS,
}

/**
 * Checks that no controller of Pods counts on a label: if it is in the selector, removing it makes the controller create
 * another Pod; if it is in the template, every new Pod bears it.
 */
export class SelectorCheck {
  readonly #client: ApiClient
  readonly #namespace: string
  readonly #key: string
  readonly #checked = new Set<string>()

  constructor(client: ApiClient, { namespace, key }: { readonly namespace: string; readonly key: string }) {
    this.#client = client
    this.#namespace = namespace
    this.#key = key
  }

  /**
   * Reads each controller once.
   * @throws LabelRefused if one of them counts on the label
   * @throws ClusterError if one cannot be read, unless it is gone
   */
  async check(pods: readonly { readonly controller: ControllerReference | null }[], signal: AbortSignal): Promise<void> {
    for (const { controller } of pods) {
      const resource = controller && CONTROLLERS[controller.kind]
      if (!resource || this.#checked.has(controller.uid)) continue
      await this.#checkOne(resource, controller, signal)
      this.#checked.add(controller.uid)
    }
  }

  async #checkOne(resource: Resource, { kind, name }: ControllerReference, signal: AbortSignal): Promise<void> {
    const place = { namespace: this.#namespace, name }
    let object: unknown
    try {
      object = await this.#client.request({ method: 'GET', path: apiPath(resource, place), subject: subjectOf('get', resource, place), signal })
    } catch (error) {
      if (error instanceof ClusterError && error.kind === 'notFound') return
      throw error
    }
    const spec = field(object, 'spec')
    const selector = unchecked<V1LabelSelector>(field(spec, 'selector'))
    const expressions = uncheckedList<{ key: string }>(selector.matchExpressions)
    const template = unchecked<V1ObjectMeta>(field(field(spec, 'template'), 'metadata'))
    const where = Object.hasOwn(strings(selector.matchLabels), this.#key) || expressions.some(({ key }) => key === this.#key) ? 'selector' : Object.hasOwn(strings(template.labels), this.#key) ? 'Pod template' : null
    if (where) throw new LabelRefused(`The label "${this.#key}" is in the ${where} of ${kind} "${name}". Choose another label.`)
  }
}
