import { isDeepStrictEqual } from 'node:util'
import { isObject } from './schema.ts'

/**
 * By which field the items of a list are told apart (`patchMergeKey` in k8s.io/api), for the lists that the sandbox's
 * kinds have. Lists of other names are replaced as a whole.
 */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  conditions: 'type',
  containers: 'name',
  env: 'name',
  ephemeralContainers: 'name',
  hostAliases: 'ip',
  imagePullSecrets: 'name',
  initContainers: 'name',
  ownerReferences: 'uid',
  ports: 'containerPort',
  topologySpreadConstraints: 'topologyKey',
  volumeDevices: 'devicePath',
  volumeMounts: 'mountPath',
  volumes: 'name',
}

/** Lists of strings that are merged as sets. */
const MERGED_SETS = new Set(['finalizers'])

const DIRECTIVES = new Set(['$patch', '$retainKeys'])

/** Applies a JSON merge patch (RFC 7386). */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, field)
    else set(result, field, applyMergePatch(result[field], value))
  }
  return result
}

/** Applies a strategic merge patch (apimachinery util/strategicpatch) as far as the sandbox's kinds need it. */
export function applyStrategicMergePatch(target: unknown, patch: Record<string, unknown>): Record<string, unknown> {
  if (patch['$patch'] === 'replace') return without(patch, DIRECTIVES)
  if (patch['$patch'] === 'delete') return {}
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {}
  const retained = patch['$retainKeys']
  if (Array.isArray(retained)) {
    for (const field of Object.keys(result)) if (!retained.includes(field)) Reflect.deleteProperty(result, field)
  }
  for (const [field, value] of Object.entries(patch)) {
    const deleted = /^\$deleteFromPrimitiveList\/(.*)$/.exec(field)?.[1]
    if (deleted !== undefined) {
      const gone = Array.isArray(value) ? value : []
      const list = Array.isArray(result[deleted]) ? result[deleted] : []
      result[deleted] = list.filter((item) => !gone.some((other) => isDeepStrictEqual(item, other)))
    } else if (DIRECTIVES.has(field) || field.startsWith('$setElementOrder/')) {
      continue
    } else if (value === null) {
      Reflect.deleteProperty(result, field)
    } else {
      set(result, field, mergedField(field, result[field], value))
    }
  }
  return result
}

function mergedField(field: string, current: unknown, value: unknown): unknown {
  if (isObject(value)) return applyStrategicMergePatch(current, value)
  if (!Array.isArray(value)) return value
  const list = Array.isArray(current) ? current : []
  if (MERGED_SETS.has(field)) return [...new Set<unknown>([...(list as unknown[]), ...(value as unknown[])])]
  const key = MERGE_KEYS[field]
  return key === undefined ? value : mergedList(key, list, value)
}

function mergedList(key: string, current: readonly unknown[], patches: readonly unknown[]): unknown[] {
  if (patches.some((patch) => isObject(patch) && patch['$patch'] === 'replace')) {
    return patches.filter((patch) => !isObject(patch) || patch['$patch'] !== 'replace')
  }
  const result = [...current]
  for (const patch of patches) {
    if (!isObject(patch)) continue
    const index = result.findIndex((item) => isObject(item) && item[key] === patch[key])
    if (patch['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1)
    } else if (index >= 0) result[index] = applyStrategicMergePatch(result[index], patch)
    else result.push(applyStrategicMergePatch(undefined, patch))
  }
  return result
}

/** Sets a member also where it is called __proto__. */
function set(object: Record<string, unknown>, field: string, value: unknown): void {
  Object.defineProperty(object, field, { value, enumerable: true, configurable: true, writable: true })
}

function without(object: Record<string, unknown>, fields: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.has(field)))
}
