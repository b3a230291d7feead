/**
 * Reading objects that the API server, or whatever answers in its place, has sent: a field that is missing, null or of
 * another type is absent, and nothing throws.
 */

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * What is said to be a `T` of `@kubernetes/client-node`, and was not checked: the names of its fields are known, their
 * values may be missing, null or of any type.
 */
export type Unchecked<T> = Readonly<Partial<Record<keyof T, unknown>>>

/** Reads what may be an object as such: without fields where it is none. */
export function unchecked<T>(value: unknown): Unchecked<T> {
  return (isObject(value) ? value : {}) as Unchecked<T>
}

/** The objects in what may be an array of them. */
export function uncheckedList<T>(value: unknown): readonly Unchecked<T>[] {
  return objects(value) as readonly Unchecked<T>[]
}

/** A field of what may be an object. */
export function field(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** A string that is not empty; null otherwise. */
export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** The objects in what may be an array. */
export function objects(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The entries that are strings, as of labels. */
export function strings(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {}
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
