/** An election that is named in a way that no lock has; the message says what would be right. */
export class LockAddressError extends Error {
  override readonly name = 'LockAddressError'
}
