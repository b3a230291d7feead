import { expect, it, onTestFinished, vi } from 'vitest'
import { adviceText, errorText } from '../../extension/advice.ts'
import { App } from '../../extension/app.ts'
import { buttonFor, showWithButton } from '../../extension/commands/remedy-button.ts'
import { adviceText as flagsText, errorText as errorTextWithFlags } from '../../kubectl-plugin/output/advice.ts'
import { parseKubeconfig } from '../../shared/cluster/connection/kubeconfig-file.ts'
import { resolveTarget } from '../../shared/cluster/connection/target.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { LockError } from '../../shared/locks/errors.ts'
import type { Remedy } from '../../shared/remedy.ts'
import { extensionContext, settings, window } from './support/fake-vscode.ts'
import { verbatim } from '../../shared/phrase.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))
vi.stubGlobal('__VERSION__', 'test')

const APP = { source: { file: '/kc' } } as unknown as App
const button = (remedy: Remedy): string | undefined => buttonFor(APP, remedy, { row: undefined, retry: () => undefined })?.title

/** Every remedy, as the command line advises it, and as the extension does and offers it. */
it.each<[Remedy, string, string, string | undefined]>([
  [{ kind: 'choose', entry: 'context', names: ['a', 'b'] }, 'Choose one with --context: a, b.', 'Choose another context.', 'Choose Contexts'],
  [{ kind: 'choose', entry: 'user', names: ['a'] }, 'Choose one with --user: a.', 'Correct the user in the kubeconfig.', 'Open Kubeconfig'],
  [
    { kind: 'chooseKubeconfig' },
    'Choose a kubeconfig with --kubeconfig or KUBECONFIG, or a server with --server.',
    'Choose another kubeconfig.',
    'Choose Kubeconfig…',
  ],
  [
    { kind: 'fixKubeconfig', entry: 'context', file: '/kc', instead: 'cluster' },
    'Fix the context, or choose a cluster with --cluster.',
    'Correct the context in the kubeconfig.',
    'Open Kubeconfig',
  ],
  [
    { kind: 'useOneOf', settings: ['insecureSkipTlsVerify', 'certificateAuthority'] },
    'Use only one of --insecure-skip-tls-verify and --certificate-authority.',
    'Use only one of insecureSkipTlsVerify, certificateAuthority.',
    undefined,
  ],
  [{ kind: 'impersonateUser' }, 'To impersonate a user, pass --as.', 'Add the user to impersonate ("as") to the kubeconfig.', 'Open Kubeconfig'],
  [
    { kind: 'checkCertificateAuthority' },
    "Check the cluster's certificate-authority in the kubeconfig, or --certificate-authority.",
    'Check the certificate-authority of the cluster in the kubeconfig.',
    'Open Kubeconfig',
  ],
  [
    { kind: 'setTlsServerName', names: ['api'] },
    'Use one of them in the server URL, or pass --tls-server-name.',
    'Use one of them in the server URL, or as the tls-server-name of the cluster in the kubeconfig.',
    'Open Kubeconfig',
  ],
  [{ kind: 'logIn' }, 'Log in again, or use another user.', 'Log in again, or choose another context.', 'Choose Contexts'],
  [{ kind: 'installPlugin' }, 'Install it, or choose another user.', 'Install it, or choose another context.', 'Choose Contexts'],
  [{ kind: 'installPlugin', hint: '\nGet it:\n\n  brew install it\n' }, 'Get it: brew install it', 'Get it: brew install it', 'Choose Contexts'],
  [{ kind: 'raiseTimeout', timeoutMs: 5_000 }, 'Try again, or allow more time with --request-timeout.', 'Try again.', 'Try Again'],
  [
    { kind: 'askForPermission', verb: 'list', resource: 'leases', namespace: null },
    'Ask for a Role that grants it.',
    'Ask for a Role that grants it.',
    undefined,
  ],
  [
    { kind: 'override' },
    'To override this check, pass --force.',
    'To override this check, use kubectl leader with --force in a terminal.',
    'Open Terminal',
  ],
  [
    { kind: 'nameSuccessor' },
    'To choose the new leader, use --to IDENTITY or --to pod/NAME.',
    'To choose the new leader, use Fail Over and pick a candidate.',
    'Open Terminal',
  ],
  [
    { kind: 'chooseCandidate', command: { program: 'kubectl leader', verb: 'candidates', namespace: 'a', operands: ['b'] }, canOverride: true },
    'To see the candidates, use "kubectl leader candidates -n a b". To override this check, pass --force.',
    'To choose the new leader, use Fail Over and pick a candidate.',
    'Open Terminal',
  ],
  [
    { kind: 'draw' },
    'To release the lease up to three times, until this candidate happens to acquire it, pass --tries=3.',
    'To release the lease up to three times, until this candidate happens to acquire it, use Fail Over and pick the candidate.',
    'Open Terminal',
  ],
  [{ kind: 'failOver' }, 'To move leadership, use failover.', 'To move leadership, use Fail Over.', 'Fail Over'],
  [
    { kind: 'run', command: { program: 'kubectl', verb: 'logs', namespace: 'a', operands: ['b'], options: { previous: true } } },
    'Next: kubectl logs -n a b --previous',
    'Next: kubectl logs -n a b --previous',
    'Copy Command',
  ],
])('%o', (remedy, withFlags, withoutFlags, title) => {
  expect(flagsText(remedy)).toBe(withFlags)
  expect(adviceText(remedy)).toBe(withoutFlags)
  expect(button(remedy)).toBe(title)
})

it('the extension says all that the command line says of a kubeconfig that names no current context', async () => {
  const kubeconfig = await parseKubeconfig('contexts: [{name: dev, context: {cluster: c}}]', '/kc')
  const error = await new Promise<unknown>((resolve) => {
    try {
      resolveTarget({}, kubeconfig, () => undefined)
    } catch (thrown) {
      resolve(thrown)
    }
  })
  expect(errorTextWithFlags(error)).toBe('No current context is set in /kc. Choose one with --context: dev.')
  expect(errorText(error)).toBe('No current context is set in /kc. Choose another context.')
})

it('the advice of what caused an error is said with it', () => {
  const cause = new ClusterError(verbatim('No answer within 5 s'), { kind: 'timeout', remedy: { kind: 'raiseTimeout', timeoutMs: 5_000 } })
  expect(errorText(new LockError('unknown', cause.message, { cause }))).toBe('No answer within 5 s. Try again.')
})

it('a command that fails shows the advice with the error, and a button for it', async () => {
  Object.assign(settings, { kubeconfig: '/nonexistent/config' })
  const subscriptions: { dispose(): void }[] = []
  const app = new App(extensionContext(subscriptions))
  onTestFinished(() => {
    for (const subscription of subscriptions) subscription.dispose()
  })
  const shown = vi.spyOn(window, 'showErrorMessage')
  await app.run('chooseContexts', [])
  expect(shown.mock.calls).toEqual([
    ['The kubeconfig /nonexistent/config does not exist. Choose another kubeconfig.', 'Choose Kubeconfig…'],
  ])
})

it.each([
  ['is pressed, and acts', 'Try Again', 1],
  ['is not pressed, and does not act', undefined, 0],
])('a button that %s', async (_, picked, times) => {
  const press = vi.fn()
  await showWithButton(async () => picked, 'No answer.', { title: 'Try Again', press })
  expect(press).toHaveBeenCalledTimes(times)
})
