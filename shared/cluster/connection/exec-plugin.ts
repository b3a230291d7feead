import { spawn, type ChildProcess } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { isatty } from 'node:tty'
import type { ConnectionSurroundings } from './connection-settings.ts'
import type { IssuedCredential } from './credentials.ts'
import { readExecCredential } from './exec-credential.ts'
import { ClusterError } from '../errors.ts'
import { lookUpExecutable } from './executable-lookup.ts'
import type { ExecEntry } from './kubeconfig-file.ts'
import type { ConnectionTarget } from './target.ts'
import { readServerTrust } from './tls.ts'
import { phrase, type Phrase } from '../../phrase.ts'

const API_GROUP = 'client.authentication.k8s.io'
const VERSIONS = [`${API_GROUP}/v1`, `${API_GROUP}/v1beta1`]

/**
 * Gets credentials from a program, as client-go's `plugin/pkg/client/auth/exec` does (Kubernetes' authentication
 * reference, "client-go credential plugins").
 *
 * @throws ClusterError of kind `config` where the kubeconfig's entry is wrong
 */
export function execPlugin(
  exec: ExecEntry,
  target: ConnectionTarget,
  surroundings: ConnectionSurroundings,
): (signal: AbortSignal) => Promise<IssuedCredential> {
  const interactiveMode = checkEntry(exec, target)
  const describe = phrase`The credential plugin ${exec.command} of the user "${target.user.name}"`
  return async (signal) => {
    const isInteractive = interactiveMode !== 'Never' && (surroundings.isInteractive?.() ?? isatty(0))
    if (interactiveMode === 'Always' && !isInteractive) {
      throw unusable(phrase`${describe} needs input, but there is no terminal. Run the command in a terminal.`)
    }
    const info = execInfo(exec, target, isInteractive)
    const path = await pathOf(exec, surroundings, describe)
    signal.throwIfAborted()
    const output = await run(path, exec, info, isInteractive, surroundings, describe, signal)
    return readExecCredential(output, exec, describe)
  }
}

function checkEntry(exec: ExecEntry, { user }: ConnectionTarget): string {
  const wrong = (problem: Phrase): ClusterError =>
    new ClusterError(phrase`The exec plugin of the user "${user.name}" in ${user.file} can't be used: ${problem}.`, {
      kind: 'config',
    })
  if (exec.command === '') throw wrong(phrase`it names no command`)
  if (!VERSIONS.includes(exec.apiVersion)) {
    throw wrong(phrase`its apiVersion is "${exec.apiVersion}", and must be ${VERSIONS.join(' or ')}`)
  }
  const unnamed = exec.env.findIndex(({ name }) => name === '')
  if (unnamed >= 0) throw wrong(phrase`env[${unnamed}] has no name`)
  const mode = exec.interactiveMode ?? (exec.apiVersion === VERSIONS[1] ? 'IfAvailable' : undefined)
  if (mode === undefined || !['Never', 'IfAvailable', 'Always'].includes(mode)) {
    throw wrong(phrase`its interactiveMode must be Never, IfAvailable or Always`)
  }
  return mode
}

/** What the plugin is told, in the variable KUBERNETES_EXEC_INFO. */
function execInfo(exec: ExecEntry, target: ConnectionTarget, isInteractive: boolean): string {
  const { cluster, server } = target
  return JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: exec.apiVersion,
    spec: {
      ...(exec.provideClusterInfo && {
        cluster: {
          server: cluster.server ?? server.href,
          'tls-server-name': cluster.tlsServerName,
          'insecure-skip-tls-verify': cluster.insecureSkipTlsVerify || undefined,
          'certificate-authority-data': readServerTrust(cluster).authority?.toString('base64'),
          'proxy-url': cluster.proxyUrl,
          'disable-compression': cluster.disableCompression || undefined,
          config: cluster.execConfig ?? null,
        },
      }),
      interactive: isInteractive,
    },
  })
}

/** The file to run. As for kubectl, `exec.env` has no say in that: it is for the plugin alone. */
async function pathOf(exec: ExecEntry, { env }: ConnectionSurroundings, describe: Phrase): Promise<string> {
  const found = await lookUpExecutable(exec.command, env)
  if ('path' in found) return found.path
  if (found.problem === 'missing') throw notInstalled(exec, describe)
  if (found.problem === 'notExecutable') throw unusable(notExecutable(describe))
  throw unusable(
    phrase`${describe} is in "${found.entry}", a relative entry of the PATH. For safety, it was not run. Use absolute entries, or name the plugin's full path in the kubeconfig.`,
  )
}

function run(
  path: string,
  exec: ExecEntry,
  info: string,
  isInteractive: boolean,
  surroundings: ConnectionSurroundings,
  describe: Phrase,
  signal: AbortSignal,
): Promise<string> {
  const { env, onPluginStderr } = surroundings
  const extra = Object.fromEntries(exec.env.map(({ name, value }) => [name, value]))
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    let plugin: ChildProcess
    try {
      plugin = spawn(path, exec.args, {
        argv0: exec.command,
        env: { ...env, ...extra, KUBERNETES_EXEC_INFO: info },
        stdio: [isInteractive ? 'inherit' : 'ignore', 'pipe', onPluginStderr ? 'pipe' : 'inherit'],
        signal,
        windowsHide: true,
      })
    } catch (error) {
      // Some failures are thrown, and not emitted: a NUL in an argument, or arguments that are too long.
      reject(startFailure(error as NodeJS.ErrnoException, exec, describe))
      return
    }
    // A program that ends at once, as on a second Ctrl-C, does not leave a plugin behind.
    const onExit = (): void => void plugin.kill()
    process.once('exit', onExit)
    plugin.once('close', () => process.off('exit', onExit))
    plugin.stderr?.setEncoding('utf8').on('data', onPluginStderr!)
    const output = text(plugin.stdout!)
    output.catch(() => {})
    plugin.once('error', (error: NodeJS.ErrnoException) => {
      if (signal.aborted) return
      reject(startFailure(error, exec, describe))
    })
    plugin.once('close', (code, killedBy) => {
      if (code === 0) resolve(output)
      else reject(refused(phrase`${describe} failed (${killedBy ?? phrase`exit code ${code ?? 0}`}). Log in again as it says.`))
    })
  })
}

function startFailure(error: NodeJS.ErrnoException, exec: ExecEntry, describe: Phrase): ClusterError {
  if (error.code === 'ENOENT') return notInstalled(exec, describe, error)
  if (error.code === 'EACCES') return unusable(notExecutable(describe), error)
  if (error.code === 'ERR_INVALID_ARG_VALUE') {
    return unusable(phrase`${describe} can't be started: its command, args or env contain a NUL character. Remove it from the kubeconfig.`, error)
  }
  return unusable(phrase`${describe} can't be started: ${error.message}.`, error)
}

function notInstalled({ installHint }: ExecEntry, describe: Phrase, cause?: unknown): ClusterError {
  return new ClusterError(phrase`${describe} is not installed, or not on the PATH.`, {
    kind: 'config',
    remedy: { kind: 'installPlugin', ...(installHint?.trim() && { hint: installHint }) },
    cause,
  })
}

function notExecutable(describe: Phrase): Phrase {
  return phrase`${describe} is not executable. Change its permissions.`
}

function unusable(message: Phrase, cause?: unknown): ClusterError {
  return new ClusterError(message, { kind: 'config', cause })
}

/** A plugin that ran and failed may succeed the next time, when the network is back or the person has logged in. */
function refused(message: Phrase): ClusterError {
  return new ClusterError(message, { kind: 'unauthorized' })
}
