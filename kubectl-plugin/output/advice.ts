import { advised, commandLine, endOf, hintInOneLine, type Advised, type Remedy } from '../../shared/remedy.ts'
import { CommandError } from '../exit-code.ts'

/** So many contexts are named; kubeconfigs can have thousands. */
const MOST_NAMES = 10

/** What a person can do, in terms of this command line (`programName`), in one line. It contains names from kubeconfigs and clusters as they are. */
export function adviceText(remedy: Remedy, programName = 'kubectl leader'): string {
  switch (remedy.kind) {
    case 'choose': {
      const { entry, names } = remedy
      return `Choose one with --${entry}: ${names.slice(0, MOST_NAMES).join(', ')}${names.length > MOST_NAMES ? ', …' : ''}.`
    }
    case 'chooseKubeconfig':
      return `Choose a kubeconfig with --kubeconfig or KUBECONFIG, or a server with --server${remedy.orSandbox ? `, or try the sandbox: ${programName} sandbox` : '.'}`
    case 'fixKubeconfig':
      return `Fix the ${remedy.entry}, or choose a ${remedy.instead} with --${remedy.instead}.`
    case 'useOneOf':
      return `Use only one of ${remedy.settings.map(flagOf).join(' and ')}.`
    case 'impersonateUser':
      return 'To impersonate a user, pass --as.'
    case 'checkCertificateAuthority':
      return "Check the cluster's certificate-authority in the kubeconfig, or --certificate-authority."
    case 'setTlsServerName':
      return 'Use one of them in the server URL, or pass --tls-server-name.'
    case 'logIn':
      return 'Log in again, or use another user.'
    case 'installPlugin':
      return remedy.hint === undefined ? 'Install it, or choose another user.' : hintInOneLine(remedy.hint)
    case 'raiseTimeout':
      return 'Try again, or allow more time with --request-timeout.'
    case 'askForPermission':
      return 'Ask for a Role that grants it.'
    case 'override':
      return 'To override this check, pass --force.'
    case 'nameSuccessor':
      return 'To choose the new leader, use --to IDENTITY or --to pod/NAME.'
    case 'chooseCandidate':
      return `To see the candidates, use "${commandLine(remedy.command)}".${remedy.canOverride ? ` ${adviceText({ kind: 'override' })}` : ''}`
    case 'draw':
      return 'To release the lease up to three times, until this candidate happens to acquire it, pass --tries=3.'
    case 'failOver':
      return 'To move leadership, use failover.'
    case 'run':
      return `Next: ${commandLine(remedy.command)}`
  }
}

/** The flag of a setting in `ConnectionSettings`. */
function flagOf(setting: string): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** A message with what can be done about it. */
export function withAdvice({ message, remedy }: Advised): string {
  return remedy ? `${message}${endOf(message)} ${adviceText(remedy)}` : message
}

/** What there is to tell of an error; a CommandError tells it already. */
export function errorText(error: unknown): string {
  return error instanceof CommandError ? error.message : withAdvice(advised(error))
}

/** The same of a problem after which the command tries again on its own: that is no advice to the user then. */
export function retryText({ remedy, ...said }: Advised): string {
  return withAdvice(remedy?.kind === 'raiseTimeout' ? said : { ...said, remedy })
}

/** Why a view is stale, and what can be done about that. It is read again without being asked. */
export function reasonText({ reason, remedy }: { readonly reason: string | null; readonly remedy?: Remedy | undefined }): string | null {
  return reason === null ? null : retryText({ message: reason, remedy })
}
