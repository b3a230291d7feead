import { Socket } from 'node:net'

const addresses = new Set<string>()

/** `HOST:PORT` of all that anything in the extension host has connected to, or tried to, since {@link recordConnections}. */
export function visited(): ReadonlySet<string> {
  return addresses
}

/** Sockets of TLS, HTTP, and of the API client alike come by here. */
export function recordConnections(): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this`
  const { connect } = Socket.prototype
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
    const [first] = args.flat() as [unknown]
    if (typeof first === 'object' && first !== null && 'port' in first) {
      const { host = 'localhost', port } = first as { host?: string; port: number }
      addresses.add(`${host}:${port}`)
    } else if (typeof first === 'number') {
      addresses.add(`${String(args[1])}:${first}`)
    }
    return Reflect.apply(connect, this, args) as Socket
  }
}
