/** The name of an election is invalid. The message says what a valid one looks like. */
export class LockAddressError extends Error {
  override readonly name = 'LockAddressError'
  /** What stands before the slash, if that may have been meant as a namespace. */
  readonly namespace: string | null

  constructor(message: string, namespace: string | null = null) {
    super(message)
    this.namespace = namespace
  }
}
