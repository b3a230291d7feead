import type { NameRule, Resource } from './resources.ts'
import type { FieldCause } from './status.ts'
import type { ObjectMeta, StoredObject } from './storage.ts'
import { isObject } from './schema.ts'

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'

interface Format {
  readonly pattern: RegExp
  readonly longest: number
  readonly message: string
}

function format(source: string, longest: number, what: string, example: string): Format {
  const message = `${what} (e.g. ${example}, regex used for validation is '${source}')`
  return { pattern: new RegExp(`^${source}$`), longest, message }
}

const NAME_FORMATS: Readonly<Record<NameRule, Format>> = {
  subdomain: format(
    SUBDOMAIN,
    253,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start " +
      'and end with an alphanumeric character',
    "'example.com'",
  ),
  label: format(
    LABEL,
    63,
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end " +
      'with an alphanumeric character',
    "'my-name',  or '123-abc'",
  ),
  dns1035: format(
    '[a-z]([-a-z0-9]*[a-z0-9])?',
    63,
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, " +
      'and end with an alphanumeric character',
    "'my-name',  or 'abc-123'",
  ),
}

const QUALIFIED_NAME = format(
  QUALIFIED,
  63,
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
    'character',
  "'MyName',  or 'my.name',  or '123-abc'",
)

const LABEL_VALUE = format(
  '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?',
  63,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and " +
    'end with an alphanumeric character',
  "'MyValue',  or 'my_value',  or '12345'",
)

/** apimachinery's `TotalAnnotationSizeLimitB`. */
const LARGEST_ANNOTATIONS_BYTES = 256 * 1024

export function invalidValue(field: string, value: unknown, message: string): FieldCause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${goText(value)}: ${message}`, field }
}

export function requiredValue(field: string, message: string): FieldCause {
  return { reason: 'FieldValueRequired', message: `Required value${message ? `: ${message}` : ''}`, field }
}

export function forbiddenValue(field: string, message: string): FieldCause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field }
}

export function unsupportedValue(field: string, value: string, supported: readonly string[]): FieldCause {
  const list = supported.map((item) => JSON.stringify(item)).join(', ')
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${goText(value)}: supported values: ${list}`,
    field,
  }
}

/** What is wrong with a new object, in the API server's words; empty where nothing is. */
export function validateCreate(resource: Resource, object: StoredObject): FieldCause[] {
  return [...validateMetadata(resource, object.metadata), ...validateSpec(resource, object)]
}

/** What is wrong with an object that replaces `old`. */
export function validateUpdate(resource: Resource, object: StoredObject, old: StoredObject): FieldCause[] {
  const causes = validateMetadata(resource, object.metadata)
  for (const field of ['name', 'namespace', 'uid'] as const) {
    const now = object.metadata[field] ?? null
    if (now !== (old.metadata[field] ?? null)) {
      causes.push(invalidValue(`metadata.${field}`, now, 'field is immutable'))
    }
  }
  if (old.metadata.deletionTimestamp) causes.push(...newFinalizers(object.metadata, old.metadata))
  return [...causes, ...validateSpec(resource, object)]
}

/** apimachinery `ValidateNoNewFinalizers`: an object that is being deleted may not get new ones. */
function newFinalizers({ finalizers = [] }: ObjectMeta, old: ObjectMeta): FieldCause[] {
  const added = finalizers.filter((finalizer) => !old.finalizers?.includes(finalizer)).sort()
  if (added.length === 0) return []
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ')
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`
  return [forbiddenValue('metadata.finalizers', why)]
}

function validateMetadata(resource: Resource, metadata: ObjectMeta): FieldCause[] {
  const causes: FieldCause[] = []
  if (!metadata.name) causes.push(requiredValue('metadata.name', 'name or generateName is required'))
  else causes.push(...breaches(NAME_FORMATS[resource.nameRule], 'metadata.name', metadata.name))
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    causes.push(...qualifiedNameBreaches('metadata.labels', key))
    causes.push(...breaches(LABEL_VALUE, 'metadata.labels', value))
  }
  let annotationBytes = 0
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    causes.push(...qualifiedNameBreaches('metadata.annotations', key.toLowerCase(), key))
    annotationBytes += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (annotationBytes > LARGEST_ANNOTATIONS_BYTES) {
    const message = `Too long: may not be more than ${LARGEST_ANNOTATIONS_BYTES} bytes`
    causes.push({ reason: 'FieldValueTooLong', message, field: 'metadata.annotations' })
  }
  const owners = Array.isArray(metadata['ownerReferences']) ? metadata['ownerReferences'] : []
  for (const owner of owners as unknown[]) {
    for (const [field, said] of [
      ['apiVersion', 'version'],
      ['kind', 'kind'],
      ['name', 'name'],
      ['uid', 'uid'],
    ] as const) {
      if (isObject(owner) && owner[field]) continue
      causes.push(invalidValue(`metadata.ownerReferences.${field}`, '', `${said} must not be empty`))
    }
  }
  for (const finalizer of metadata.finalizers ?? []) {
    causes.push(...qualifiedNameBreaches('metadata.finalizers', finalizer))
  }
  return causes
}

function validateSpec(resource: Resource, object: StoredObject): FieldCause[] {
  const spec = isObject(object['spec']) ? object['spec'] : {}
  switch (resource.kind) {
    case 'Lease':
      return validateLease(spec)
    case 'LeaseCandidate':
      return validateLeaseCandidate(spec)
    case 'Pod':
      return Array.isArray(spec['containers']) && spec['containers'].length > 0
        ? []
        : [requiredValue('spec.containers', '')]
    case 'Event':
      return validateEvent(object)
    default:
      return []
  }
}

/** kubernetes pkg/apis/coordination/validation `ValidateLeaseSpec`. */
function validateLease(spec: Record<string, unknown>): FieldCause[] {
  const causes: FieldCause[] = []
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = spec
  if (typeof leaseDurationSeconds === 'number' && leaseDurationSeconds <= 0) {
    causes.push(invalidValue('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'))
  }
  if (typeof leaseTransitions === 'number' && leaseTransitions < 0) {
    causes.push(invalidValue('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'))
  }
  if (typeof strategy === 'string') causes.push(...validateStrategy('spec.strategy', strategy))
  if (preferredHolder && !strategy) {
    causes.push(forbiddenValue('spec.preferredHolder', 'may only be specified if `strategy` is defined'))
  }
  return causes
}

function validateLeaseCandidate(spec: Record<string, unknown>): FieldCause[] {
  const causes: FieldCause[] = []
  if (!spec['leaseName']) causes.push(requiredValue('spec.leaseName', ''))
  if (!spec['binaryVersion']) causes.push(requiredValue('spec.binaryVersion', ''))
  const { strategy } = spec
  if (typeof strategy !== 'string') causes.push(requiredValue('spec.strategy', ''))
  else causes.push(...validateStrategy('spec.strategy', strategy))
  return causes
}

/** kubernetes pkg/apis/coordination/validation `validateCoordinatedLeaseStrategy`. */
function validateStrategy(field: string, strategy: string): FieldCause[] {
  if (strategy === 'OldestEmulationVersion') return []
  const [domain = '', path] = strategy.split('/', 2)
  if (path && NAME_FORMATS.subdomain.pattern.test(domain)) return []
  if (path === undefined) return [unsupportedValue(field, strategy, ['OldestEmulationVersion'])]
  return [invalidValue(field, strategy, 'must be a domain-prefixed path (such as "acme.io/foo")')]
}

function validateEvent(object: StoredObject): FieldCause[] {
  const involved = isObject(object['involvedObject']) ? object['involvedObject'] : {}
  const namespace = object.metadata.namespace
  const about = involved['namespace']
  if (about === namespace || (!about && namespace === 'default')) return []
  return [invalidValue('involvedObject.namespace', about ?? '', 'does not match event.namespace')]
}

function qualifiedNameBreaches(field: string, key: string, shown = key): FieldCause[] {
  const slash = key.indexOf('/')
  const prefix = slash < 0 ? null : key.slice(0, slash)
  const name = key.slice(slash + 1)
  if (name.includes('/')) {
    return [invalidValue(field, shown, "a qualified name must consist of alphanumeric characters, '-', '_' or '.'")]
  }
  const causes = name === '' ? [invalidValue(field, shown, 'name part must be non-empty')] : []
  if (prefix === '') causes.push(invalidValue(field, shown, 'prefix part must be non-empty'))
  else if (prefix !== null) {
    causes.push(...breaches(NAME_FORMATS.subdomain, field, prefix, shown, 'prefix part '))
  }
  return [...causes, ...breaches(QUALIFIED_NAME, field, name, shown)]
}

function breaches(rule: Format, field: string, value: string, shown = value, part = ''): FieldCause[] {
  const causes: FieldCause[] = []
  if (value.length > rule.longest) {
    causes.push(invalidValue(field, shown, `${part}must be no more than ${rule.longest} characters`))
  }
  if (!rule.pattern.test(value)) causes.push(invalidValue(field, shown, part + rule.message))
  return causes
}

/** A value as Go's field errors quote it. */
function goText(value: unknown): string {
  return JSON.stringify(value ?? null)
}
