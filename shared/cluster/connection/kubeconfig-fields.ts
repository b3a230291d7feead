import { dirname, isAbsolute, join } from 'node:path'
import { ClusterError } from '../errors.ts'
import { phrase, type Phrase } from '../../phrase.ts'

/** The error for a kubeconfig whose content is at fault. */
export function kubeconfigError(file: string, problem: Phrase, cause?: unknown): ClusterError {
  return new ClusterError(phrase`The kubeconfig ${file} can't be used: ${problem}.`, { kind: 'config', cause })
}

/**
 * Reads the fields of one mapping in a kubeconfig. An absent field and a null one are the same, as for clientcmd, and
 * a null member of a list is an empty one; a field of another type than expected is an error that names its place.
 */
export class KubeconfigFields {
  readonly #values: Readonly<Record<string, unknown>>
  readonly #place: string
  readonly #file: string

  constructor(value: unknown, place: string, file: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw kubeconfigError(file, phrase`${place || phrase`its content`} must be a mapping`)
    }
    this.#values = value as Readonly<Record<string, unknown>>
    this.#place = place
    this.#file = file
  }

  keys(): string[] {
    return Object.keys(this.#values)
  }

  /** The value as it is. */
  any(key: string): unknown {
    return this.#values[key] ?? undefined
  }

  text(key: string): string | undefined {
    const value = this.any(key)
    if (value === undefined || typeof value === 'string') return value || undefined
    throw typeof value === 'object' ? this.#wrong(key, (place) => phrase`${place} must be a string`) : this.#unquoted(key)
  }

  isTrue(key: string): boolean {
    const value = this.any(key)
    if (value === undefined || typeof value === 'boolean') return value ?? false
    throw this.#wrong(key, (place) => phrase`${place} must be true or false`)
  }

  texts(key: string): string[] {
    return this.#list(key).map((value, index) => {
      if (typeof value === 'string') return value
      if (value === null) return ''
      throw this.#unquoted(`${key}[${index}]`)
    })
  }

  /** A path, which is meant from the folder of the kubeconfig. */
  path(key: string): string | undefined {
    const path = this.text(key)
    return path === undefined || isAbsolute(path) ? path : join(dirname(this.#file), path)
  }

  /** Decoded base64. */
  bytes(key: string): Buffer | undefined {
    const text = this.text(key)?.replace(/\s/g, '')
    if (text === undefined) return undefined
    if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw this.#wrong(key, (at) => phrase`${at} is not valid base64`)
    return Buffer.from(text, 'base64')
  }

  mapping(key: string): KubeconfigFields | undefined {
    const value = this.any(key)
    return value === undefined ? undefined : new KubeconfigFields(value, this.#at(key), this.#file)
  }

  mappings(key: string): KubeconfigFields[] {
    return this.#list(key).map((value, index) => new KubeconfigFields(value ?? {}, this.#at(`${key}[${index}]`), this.#file))
  }

  /** The entries of a list whose members are told apart by their names: `users: [{name, user: {…}}]`. */
  named<T>(listKey: string, key: string, read: (fields: KubeconfigFields, name: string) => T): Map<string, T> {
    const entries = new Map<string, T>()
    for (const [index, member] of this.mappings(listKey).entries()) {
      // An entry without a name has the empty one, and is what an empty reference means.
      const name = member.text('name') ?? ''
      const place = `${listKey}[${index}]`
      if (entries.has(name)) throw this.#wrong(listKey, (at) => phrase`${at} has two entries named "${name}"; remove or rename one`)
      const fields = member.any(key) === undefined ? {} : member.any(key)
      entries.set(name, read(new KubeconfigFields(fields, this.#at(`${place}.${key}`), this.#file), name))
    }
    return entries
  }

  #list(key: string): unknown[] {
    const value = this.any(key)
    if (value === undefined) return []
    if (Array.isArray(value)) return value
    throw this.#wrong(key, (place) => phrase`${place} must be a list`)
  }

  #at(key: string): string {
    return this.#place ? `${this.#place}.${key}` : key
  }

  #unquoted(key: string): ClusterError {
    return this.#wrong(key, (place) => phrase`${place} must be a string; put it in quotes`)
  }

  #wrong(key: string, problem: (place: string) => Phrase): ClusterError {
    return kubeconfigError(this.#file, problem(this.#at(key)))
  }
}
