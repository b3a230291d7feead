/**
 * A type of `@kubernetes/client-node` as it goes over the wire, before that package reads times into `Date` and
 * `V1MicroTime`: as RFC 3339 strings. A field that may be absent may also be null, which an API server takes for the
 * same (its own Go types write some fields so).
 *
 * It describes what this project writes. What it reads is not checked by being called a `Wire<V1Pod>`: for that, see
 * `Unchecked` in cluster/unchecked.ts.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Wire<Item>[]
    : T extends object
      ? { readonly [Field in keyof T]: Wire<T[Field]> | (object extends Pick<T, Field> ? null : never) }
      : T
