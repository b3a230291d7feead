import type { RequestListener } from 'node:http'
import type { ServerOptions } from 'node:https'
import type { World } from './world.ts'

/** How a command ended. Which words say so is in outcome.ts. */
export type Outcome =
  | 'answered'
  /** Nothing was dialed: the flags or the kubeconfig are wrong. */
  | 'refused'
  /** A credential plugin, or an issuer of tokens, gave no credentials. */
  | 'no credentials'
  | 'unreachable'
  | 'timeout'
  | 'server certificate'
  | 'client certificate'
  | 'unauthorized'
  | 'forbidden'
  | 'not found'
  | 'too many requests'
  | 'server error'
  /** What answered is no API server, or speaks another protocol. */
  | 'protocol'

type PerWorld<T> = T | ((world: World) => T)

/** One command line, with what surrounds it, that kubectl and the built program get alike. */
export interface ParityCase {
  readonly name: string
  /** How kubectl's command ends, so that an agreement on a slip of the pen is none. */
  readonly outcome: Outcome
  /** ~/.kube/config; null is none. By default it has the API server of the world, with `cluster` and `user`. */
  readonly config?: PerWorld<string | Buffer> | null
  /** More for the cluster entry of the default kubeconfig; what is undefined is left out. */
  readonly cluster?: PerWorld<object>
  /** The user entry of the default kubeconfig: a token, if nothing else. */
  readonly user?: PerWorld<object>
  /** More files, by their path from the home directory. */
  readonly files?: PerWorld<Readonly<Record<string, string | Buffer>>>
  readonly env?: PerWorld<Readonly<Record<string, string>>>
  readonly args?: PerWorld<readonly string[]>
  /** A shell script, ~/login, whose runs are noted; see `plugin`. */
  readonly plugin?: string
  /** Of the API server; null is plain HTTP. */
  readonly tls?: ({ readonly certificate: string } & ServerOptions) | null
  /** The certificate of the HTTPS proxy; default: "server", which is for localhost. */
  readonly proxyCertificate?: string
  /** What the API server answers to requests for leases; a list without items by default. Made anew for each program. */
  readonly answer?: (world: World) => RequestListener
  /** What the second server answers. */
  readonly elsewhere?: (world: World) => RequestListener
}

export function inWorld<T>(value: PerWorld<T>, world: World): T {
  return typeof value === 'function' ? (value as (world: World) => T)(world) : value
}
