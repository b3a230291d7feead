/** The name of an election is invalid. The message says what a valid one looks like. */
export class LockAddressError extends Error {
  override readonly name = 'LockAddressError'
}
