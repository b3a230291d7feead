import type { Resource } from './resources.ts'
import { isObject } from './schema.ts'
import { badRequest } from './status.ts'
import type { StoredObject } from './storage.ts'

/** Whether an object is asked for. */
export type Selector = (object: StoredObject) => boolean

interface Requirement {
  readonly key: string
  readonly operator: 'in' | 'notin' | 'exists' | '!' | '=' | '!=' | '>' | '<'
  readonly values: readonly string[]
}

/** Reads a label selector, equality- and set-based (apimachinery `labels.Parse`). Null where it selects everything. */
export function parseLabelSelector(text: string): Selector | null {
  const requirements = splitOutsideParentheses(text).map(parseRequirement)
  if (requirements.length === 0) return null
  return (object) => {
    const labels = isObject(object.metadata.labels) ? object.metadata.labels : {}
    return requirements.every((requirement) => matches(requirement, labels))
  }
}

const KEY = '([A-Za-z0-9][-A-Za-z0-9_.]*/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?'
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`)
const EQUALITY = new RegExp(`^(${KEY})\\s*(==|=|!=|>|<)\\s*(\\S*)$`)
const EXISTENCE = new RegExp(`^(!?)\\s*(${KEY})$`)
const VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/

function parseRequirement(text: string): Requirement {
  const set = SET.exec(text)
  if (set) {
    const values = set[5]!.split(',').map((value) => value.trim())
    return checked(text, { key: set[1]!, operator: set[4] as 'in' | 'notin', values })
  }
  const equality = EQUALITY.exec(text)
  if (equality) {
    const operator = equality[4] === '==' ? '=' : (equality[4] as '=' | '!=' | '>' | '<')
    return checked(text, { key: equality[1]!, operator, values: [equality[5]!] })
  }
  const existence = EXISTENCE.exec(text)
  if (existence) return { key: existence[2]!, operator: existence[1] ? '!' : 'exists', values: [] }
  throw unparsable(text)
}

function checked(text: string, requirement: Requirement): Requirement {
  if (requirement.values.every((value) => VALUE.test(value))) return requirement
  throw unparsable(text)
}

function unparsable(text: string): Error {
  return badRequest(`unable to parse requirement: found '${text}', which is not a requirement`)
}

function matches(requirement: Requirement, labels: Record<string, unknown>): boolean {
  const { key, operator, values } = requirement
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case '=':
    case 'in':
      return typeof value === 'string' && values.includes(value)
    case '!=':
    case 'notin':
      return typeof value !== 'string' || !values.includes(value)
    case '>':
      return value !== undefined && Number(value) > Number(values[0])
    case '<':
      return value !== undefined && Number(value) < Number(values[0])
  }
}

function splitOutsideParentheses(text: string): string[] {
  if (text.trim() === '') return []
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '(') depth++
    else if (text[index] === ')') depth--
    else if (text[index] === ',' && depth === 0) {
      parts.push(text.slice(start, index))
      start = index + 1
    }
  }
  return [...parts, text.slice(start)].map((part) => part.trim())
}

/** What a field selector may name beyond name and namespace (`ToSelectableFields` in kubernetes pkg/registry). */
const SELECTABLE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  Event: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  Namespace: ['status.phase'],
  Node: ['spec.unschedulable'],
  ReplicaSet: ['status.replicas'],
  Job: ['status.successful'],
}

/** Reads a field selector (apimachinery `fields.ParseSelector`). Null where it selects everything. */
export function parseFieldSelector(text: string, resource: Resource): Selector | null {
  const terms = fieldTerms(text)
  const own = SELECTABLE_FIELDS[resource.kind]
  for (const { field } of terms) {
    if (['metadata.name', 'metadata.namespace', ...(own ?? [])].includes(field)) continue
    throw badRequest(
      own
        ? `field label not supported: ${field}`
        : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
    )
  }
  if (terms.length === 0) return null
  return (object) => terms.every(({ field, equal, value }) => (fieldText(object, field) === value) === equal)
}

/** The one name that a field selector allows, or null: RBAC then asks for that name. */
export function nameInFieldSelector(text: string): string | null {
  try {
    return fieldTerms(text).find(({ field, equal }) => field === 'metadata.name' && equal)?.value || null
  } catch {
    return null
  }
}

function fieldTerms(text: string): { field: string; equal: boolean; value: string }[] {
  return text
    .split(',')
    .filter((term) => term.trim() !== '')
    .map((term) => {
      const parsed = /^([^=!]+)(==|=|!=)(.*)$/.exec(term.trim())
      if (!parsed) {
        throw badRequest(`invalid field selector "${text}"; can't understand '${term}'`)
      }
      return { field: parsed[1]!, equal: parsed[2] !== '!=', value: parsed[3]! }
    })
}

function fieldText(object: StoredObject, field: string): string {
  let value: unknown = object
  for (const part of field === 'source' ? ['source', 'component'] : field.split('.')) {
    value = isObject(value) ? value[part] : undefined
  }
  if (field === 'spec.unschedulable' || field === 'spec.hostNetwork') return value === true ? 'true' : 'false'
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
