/** Functions to call with each new value. */
export class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>()

  /** Calls `listener` with every value from now on. Returns a function that ends this. */
  add(listener: (value: T) => void): () => void {
    const own = (value: T): void => listener(value)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  tell(value: T): void {
    for (const listener of [...this.#listeners]) listener(value)
  }
}
