import { phrase, phraseOf, type Phrase } from './phrase.ts'

/**
 * What a person can do about an error, a refusal, a caution or a finding: as data, so that each program says it in its
 * own terms. `kubectl leader` names flags; the VS Code extension says it in the user's language and offers a button.
 * Names in it come from kubeconfigs and clusters, and are not escaped.
 */
export type Remedy =
  /** Choose another context, cluster or user of the kubeconfig. `names` are those that exist. */
  | { readonly kind: 'choose'; readonly entry: KubeconfigEntry; readonly names: readonly string[] }
  /** Choose another kubeconfig, or connect to a server without one. `orSandbox`: there is none, so the sandbox is a way to begin. */
  | { readonly kind: 'chooseKubeconfig'; readonly orSandbox?: true }
  /** Correct an entry of the kubeconfig, or replace the wrong part with a setting of the connection. */
  | { readonly kind: 'fixKubeconfig'; readonly entry: KubeconfigEntry; readonly file: string; readonly instead: 'cluster' | 'user' | 'server' }
  /** Use only one of two settings of the connection, by their names in `ConnectionSettings`. */
  | { readonly kind: 'useOneOf'; readonly settings: readonly [string, string] }
  /** Name the user to impersonate, and not only groups, a UID or extra fields. */
  | { readonly kind: 'impersonateUser' }
  /** Correct the certificate authority that the server's certificate is verified with. */
  | { readonly kind: 'checkCertificateAuthority' }
  /** Connect under, or verify the certificate for, a name that it is valid for. */
  | { readonly kind: 'setTlsServerName'; readonly names: readonly string[] }
  /** Log in again, or choose another user. */
  | { readonly kind: 'logIn' }
  /** Install the credential plugin. `hint` is how, in the kubeconfig's own words, which can have several lines. */
  | { readonly kind: 'installPlugin'; readonly hint?: string }
  /** Try again, or allow a request more than `timeoutMs`. */
  | { readonly kind: 'raiseTimeout'; readonly timeoutMs: number }
  /** Ask an administrator for this permission. `namespace` is null for all namespaces, and for resources without one. */
  | { readonly kind: 'askForPermission'; readonly verb: string; readonly resource: string; readonly namespace: string | null }
  /** Override the check that refused. Its risk is in the message. */
  | { readonly kind: 'override' }
  /** Name the candidate to hand leadership over to. */
  | { readonly kind: 'nameSuccessor' }
  /** Name one of the candidates that the command lists or, with `canOverride`, override the check that refused. */
  | { readonly kind: 'chooseCandidate'; readonly command: Command; readonly canOverride: boolean }
  /** Draw the next leader up to three times, until it is the candidate that was named. */
  | { readonly kind: 'draw' }
  /** Move leadership with a failover, instead of releasing the lease of a running leader. */
  | { readonly kind: 'failOver' }
  | RunRemedy

export type KubeconfigEntry = 'context' | 'cluster' | 'user'

/** Run a command. */
export interface RunRemedy {
  readonly kind: 'run'
  readonly command: Command
}

/** A command for a person to run. */
export interface Command {
  readonly program: 'kubectl leader' | 'kubectl' | 'sudo'
  /** What comes first: `release`, `generate rbac`. */
  readonly verb: string
  readonly namespace?: string
  readonly operands?: readonly string[]
  /** By name, without dashes: of one letter (`o`) or long (`force`). True stands for one without a value. */
  readonly options?: Readonly<Record<string, string | true>>
  /** The command that runs in a container, in the end. */
  readonly inContainer?: readonly string[]
  /** Whether its output is to be applied: `… | kubectl apply -f -`. */
  readonly isApplied?: true
}

/** Something to tell a person, with what can be done about it. */
export interface Advised {
  /** Sentences in English. They contain text from the cluster as it is there, and no advice in terms of one program. */
  readonly message: string
  /** The same, for a translation. */
  readonly phrase?: Phrase | undefined
  readonly remedy?: Remedy | undefined
}

/** An error that says no more than a message and what can be done about it. */
export class AdvisedError extends Error {
  override readonly name = 'AdvisedError'
  readonly phrase: Phrase | undefined
  readonly remedy: Remedy | undefined

  constructor({ message, phrase: said, remedy }: Advised) {
    super(message)
    this.phrase = said
    this.remedy = remedy
  }
}

/** The remedy of an error or, if it has none, of what caused it. */
export function remedyOf(error: unknown): Remedy | undefined {
  if (!(error instanceof Error)) return undefined
  return (error as Error & Partial<Advised>).remedy ?? remedyOf(error.cause)
}

/** A phrase, to tell without advice. */
export function told(said: Phrase): { readonly message: string; readonly phrase: Phrase } {
  return { message: said.text, phrase: said }
}

/** What there is to tell of an error. */
export function advised(error: unknown): Advised {
  return { ...told(phraseOf(error)), remedy: remedyOf(error) }
}

/** What an error kept from being read, and so from being known. */
export function gapOf(what: Phrase, error: Error): Advised {
  return { ...told(phrase`${what}: ${phraseOf(error)}`), remedy: remedyOf(error) }
}

/** The full stop that a message lacks before advice: one that ends in a server's own words may have none. */
export function endOf(message: string): string {
  return /[.!?…]$/.test(message) ? '' : '.'
}

/** The lines of an install hint, without blank ones at either end. */
export function hintLines(hint: string): readonly string[] {
  return hint.trim().replaceAll('\t', '    ').split(/\r\n|[\r\n]/)
}

/** An install hint as one line, for a place that has no more. */
export function hintInOneLine(hint: string): string {
  return hint.trim().replaceAll(/\s+/g, ' ')
}

/** A command as a POSIX shell reads it, each word quoted where it has to be. */
export function commandLine({ program, verb, namespace, operands = [], options = {}, inContainer, isApplied }: Command): string {
  const flags = Object.entries(options).map(([name, value]) =>
    name.length === 1
      ? [`-${name}`, ...(value === true ? [] : [value])].map(quoted).join(' ')
      : quoted(value === true ? `--${name}` : `--${name}=${value}`),
  )
  return [
    `${program} ${verb}`,
    ...(namespace === undefined ? [] : ['-n', quoted(namespace)]),
    ...operands.map(quoted),
    ...flags,
    ...(inContainer ? ['--', ...inContainer.map(quoted)] : []),
    ...(isApplied ? ['| kubectl apply -f -'] : []),
  ].join(' ')
}

/** Names need no quotes, unless an attacker chose them. */
function quoted(word: string): string {
  return /^[\w./:=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
