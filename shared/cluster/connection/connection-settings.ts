import type { Clock } from '../../time/clock.ts'

/** What a person says about which cluster they mean, and as whom; each field is the kubectl flag of the same name. */
export interface ConnectionSettings {
  /** The one kubeconfig to read, instead of `$KUBECONFIG` or `~/.kube/config`. */
  readonly kubeconfig?: string
  /**
   * A `KubeConfig` of `@kubernetes/client-node`, for programs that have loaded one. It goes before every file. Its
   * custom authenticators are not taken over.
   */
  readonly kubeConfig?: { exportConfig(): string }
  readonly context?: string
  readonly cluster?: string
  readonly user?: string
  readonly namespace?: string
  /** User to impersonate. */
  readonly as?: string
  readonly asGroups?: readonly string[]
  readonly asUid?: string
  /** Replaces the values that the kubeconfig's user has for the same keys. */
  readonly asUserExtra?: Readonly<Record<string, readonly string[]>>
  /** Bearer token; replaces every other credential of the kubeconfig's user but a client certificate. */
  readonly token?: string
  /** For basic authentication, like the password; replaces the kubeconfig's. */
  readonly username?: string
  readonly password?: string
  readonly server?: string
  /** File, like the two below it; relative to the working directory. */
  readonly certificateAuthority?: string
  readonly clientCertificate?: string
  readonly clientKey?: string
  readonly insecureSkipTlsVerify?: boolean
  /** Whether answers are never asked for compressed; default: as the kubeconfig's cluster says. */
  readonly disableCompression?: boolean
  /** Name to expect in the server's certificate, and to send as SNI. */
  readonly tlsServerName?: string
  /** Milliseconds until a lack of an answer is an error; 0 or undefined is none, as for kubectl. */
  readonly requestTimeoutMs?: number
}

/** What a connection uses of the process it lives in. */
export interface ConnectionSurroundings {
  readonly env: NodeJS.ProcessEnv
  readonly clock: Clock
  /** For the User-Agent. */
  readonly version: string
  /**
   * Whether a credential plugin may ask the person at the terminal something now. Default: whether stdin is a terminal.
   * A full-screen view says no.
   */
  readonly isInteractive?: () => boolean
  /** Told once of what does not keep the connection from working, but a person should know: one or two sentences. */
  readonly onWarning?: (text: string) => void
  /** Where a credential plugin's stderr goes; default: this process's stderr. */
  readonly onPluginStderr?: (text: string) => void
}
