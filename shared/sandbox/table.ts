import { humanDuration } from './duration.ts'
import { isObject } from './schema.ts'
import type { StoredObject } from './storage.ts'

/** A column of a Table (apimachinery meta/v1 `TableColumnDefinition`). */
export interface Column {
  readonly name: string
  readonly type: 'string' | 'integer'
  readonly format: string
  readonly description: string
  /** Above 0 it is shown by `-o wide` alone. */
  readonly priority: number
}

type Cell = string | number
type Printer = readonly [column: Column, cell: (object: StoredObject, nowMs: number) => Cell]

function column(name: string, cell: Printer[1], options: Partial<Column> = {}): Printer {
  return [{ name, type: 'string', format: '', description: `${name} of the object.`, priority: 0, ...options }, cell]
}

const NAME = column('Name', (object) => object.metadata.name, {
  format: 'name',
  description: 'Name must be unique within a namespace.',
})
const AGE = column('Age', (object, nowMs) => ageOf(object.metadata.creationTimestamp, nowMs), {
  description: 'CreationTimestamp is the time at which the object was created on the server.',
})
const wide = { priority: 1 }
const integer = { type: 'integer' } as const

function workload(...printers: Printer[]): Printer[] {
  return [NAME, ...printers, AGE]
}

const count = (name: string, path: string): Printer => column(name, (object) => number(object, path), integer)
const outOf = (ready: string, wanted: string): Printer =>
  column('Ready', (object) => `${number(object, ready)}/${number(object, wanted)}`)

/** The columns that kube-apiserver shows (kubernetes pkg/printers/internalversion), for our kinds. */
const PRINTERS: Readonly<Record<string, readonly Printer[]>> = {
  ConfigMap: [NAME, column('Data', (object) => size(object, 'data') + size(object, 'binaryData'), integer), AGE],
  DaemonSet: workload(
    count('Desired', 'status.desiredNumberScheduled'),
    count('Current', 'status.currentNumberScheduled'),
    count('Ready', 'status.numberReady'),
  ),
  Deployment: workload(
    outOf('status.readyReplicas', 'spec.replicas'),
    count('Up-to-date', 'status.updatedReplicas'),
    count('Available', 'status.availableReplicas'),
  ),
  Endpoints: [NAME, column('Endpoints', endpointsText), AGE],
  Event: [
    column('Last Seen', (object, nowMs) => ageOf(text(object, 'lastTimestamp') || text(object, 'eventTime'), nowMs)),
    column('Type', (object) => text(object, 'type')),
    column('Reason', (object) => text(object, 'reason')),
    column(
      'Object',
      (object) => `${text(object, 'involvedObject.kind').toLowerCase()}/${text(object, 'involvedObject.name')}`,
    ),
    column('Subobject', (object) => text(object, 'involvedObject.fieldPath'), wide),
    column('Source', (object) => text(object, 'source.component'), wide),
    column('Message', (object) => text(object, 'message').trim()),
    column(
      'First Seen',
      (object, nowMs) => ageOf(text(object, 'firstTimestamp') || text(object, 'eventTime'), nowMs),
      wide,
    ),
    column('Count', (object) => number(object, 'count') || 1, wide),
    [{ ...NAME[0], ...wide }, NAME[1]],
  ],
  Job: workload(
    column(
      'Completions',
      (object) => `${number(object, 'status.succeeded')}/${number(object, 'spec.completions') || 1}`,
    ),
  ),
  Lease: [NAME, column('Holder', (object) => text(object, 'spec.holderIdentity')), AGE],
  LeaseCandidate: [
    NAME,
    column('LeaseName', (object) => text(object, 'spec.leaseName')),
    column('BinaryVersion', (object) => text(object, 'spec.binaryVersion')),
    column('EmulationVersion', (object) => text(object, 'spec.emulationVersion')),
    column('Strategy', (object) => text(object, 'spec.strategy')),
    AGE,
  ],
  Namespace: [NAME, column('Status', (object) => text(object, 'status.phase')), AGE],
  Node: [
    NAME,
    column('Status', (object) => (conditionOf(object, 'Ready') === 'True' ? 'Ready' : 'NotReady')),
    column('Roles', rolesText),
    AGE,
    column('Version', (object) => text(object, 'status.nodeInfo.kubeletVersion')),
  ],
  Pod: [
    NAME,
    column(
      'Ready',
      (object) =>
        `${containers(object).filter((one) => one['ready'] === true).length}/${list(object, 'spec.containers').length}`,
    ),
    column('Status', podStatus),
    column('Restarts', (object) => restarts(object), { type: 'string' }),
    AGE,
    column('IP', (object) => text(object, 'status.podIP') || '<none>', wide),
    column('Node', (object) => text(object, 'spec.nodeName') || '<none>', wide),
    column('Nominated Node', (object) => text(object, 'status.nominatedNodeName') || '<none>', wide),
    column('Readiness Gates', () => '<none>', wide),
  ],
  ReplicaSet: workload(
    count('Desired', 'spec.replicas'),
    count('Current', 'status.replicas'),
    count('Ready', 'status.readyReplicas'),
  ),
  Service: [
    NAME,
    column('Type', (object) => text(object, 'spec.type')),
    column('Cluster-IP', (object) => text(object, 'spec.clusterIP') || '<none>'),
    column('External-IP', () => '<none>'),
    column(
      'Port(s)',
      (object) =>
        list(object, 'spec.ports')
          .map((port) => `${text(port, 'port')}/${text(port, 'protocol') || 'TCP'}`)
          .join(',') || '<none>',
    ),
    AGE,
  ],
  StatefulSet: workload(outOf('status.readyReplicas', 'spec.replicas')),
}

export function columnsOf(kind: string): readonly Column[] {
  return (PRINTERS[kind] ?? [NAME, AGE]).map(([definition]) => definition)
}

/** The cells of one object. `nowMs` is the wall clock, milliseconds since the epoch. Takes any object. */
export function cellsOf(kind: string, object: StoredObject, nowMs: number): Cell[] {
  return (PRINTERS[kind] ?? [NAME, AGE]).map(([, cell]) => cell(object, nowMs))
}

function ageOf(timestamp: unknown, nowMs: number): string {
  const ms = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  return Number.isFinite(ms) ? humanDuration(nowMs - ms) : '<unknown>'
}

/** The words under STATUS: the phase, or why a container waits or ended, or that it is being deleted. */
function podStatus(object: StoredObject): string {
  if (object.metadata.deletionTimestamp) return 'Terminating'
  let status = text(object, 'status.reason') || text(object, 'status.phase')
  for (const one of containers(object)) {
    const why = read(one, 'state.waiting.reason') ?? read(one, 'state.terminated.reason')
    if (typeof why === 'string' && why) status = why
  }
  return status
}

function restarts(object: StoredObject): Cell {
  return String(containers(object).reduce((sum, one) => sum + (Number(one['restartCount']) || 0), 0))
}

function containers(object: StoredObject): Record<string, unknown>[] {
  return list(object, 'status.containerStatuses').filter(isObject)
}

function conditionOf(object: StoredObject, type: string): unknown {
  return list(object, 'status.conditions')
    .filter(isObject)
    .find((one) => one['type'] === type)?.['status']
}

function rolesText(object: StoredObject): string {
  const labels = isObject(object.metadata.labels) ? Object.keys(object.metadata.labels) : []
  const prefix = 'node-role.kubernetes.io/'
  const roles = labels.filter((label) => label.startsWith(prefix)).map((label) => label.slice(prefix.length))
  return roles.sort().join(',') || '<none>'
}

function endpointsText(object: StoredObject): string {
  const all = list(object, 'subsets').flatMap((subset) =>
    list(subset, 'addresses').flatMap((address) =>
      list(subset, 'ports').map((port) => `${text(address, 'ip')}:${text(port, 'port')}`),
    ),
  )
  if (all.length === 0) return '<none>'
  return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',')
}

function read(value: unknown, path: string): unknown {
  for (const part of path.split('.')) value = isObject(value) ? value[part] : undefined
  return value
}

/** A text or number; empty for anything else, since nothing is certain of what is stored. */
function text(object: unknown, path: string): string {
  const value = read(object, path)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function number(object: StoredObject, path: string): number {
  return Number(read(object, path)) || 0
}

function list(object: unknown, path: string): unknown[] {
  const value = read(object, path)
  return Array.isArray(value) ? value : []
}

function size(object: StoredObject, path: string): number {
  const value = read(object, path)
  return isObject(value) ? Object.keys(value).length : 0
}
