import type { Credential, IssuedCredential } from './credentials.ts'
import { headerText } from './header-text.ts'
import { ClusterError } from '../errors.ts'
import type { ExecEntry } from './kubeconfig-file.ts'
import { parseKubeconfigText } from './kubeconfig-text.ts'
import { phrase, type Phrase } from '../../phrase.ts'

/**
 * Reads what a credential plugin printed, as strictly as client-go's decoder for an `ExecCredential`.
 *
 * @param describe the plugin, to begin a sentence with
 * @throws ClusterError of kind `config` if the output is not a usable credential
 */
export async function readExecCredential(output: string, exec: ExecEntry, describe: Phrase): Promise<IssuedCredential> {
  const wrong = (problem: Phrase): ClusterError =>
    new ClusterError(phrase`${describe} printed no usable credential: ${problem}. Check the plugin's version and arguments.`, {
      kind: 'config',
    })
  const parsed = await parseOutput(output)
  if (typeof parsed !== 'object' || parsed === null) throw wrong(phrase`it is neither JSON nor YAML`)
  const answer: { apiVersion?: unknown; kind?: unknown; status?: Readonly<Record<string, unknown>> | null } = parsed
  // The decoder knows which kind to expect, so it may be left out. It does not know the version.
  if (!['ExecCredential', '', null, undefined].includes(answer.kind as string)) throw wrong(phrase`its kind is not ExecCredential`)
  const { apiVersion } = answer
  if (typeof apiVersion !== 'string' || apiVersion === '') throw wrong(phrase`it has no apiVersion`)
  if (apiVersion !== exec.apiVersion) {
    throw wrong(phrase`its apiVersion is ${apiVersion}, but the kubeconfig expects ${exec.apiVersion}`)
  }
  const status = answer.status ?? {}
  const textOf = (field: string): string => {
    const value = status[field] ?? ''
    if (typeof value !== 'string') throw wrong(phrase`its ${field} is not a string`)
    return value
  }
  const [token, cert, key] = [textOf('token'), textOf('clientCertificateData'), textOf('clientKeyData')]
  if ((cert === '') !== (key === '')) throw wrong(phrase`it has only one of certificate and key`)
  if (token === '' && cert === '') throw wrong(phrase`it has neither a token nor a certificate`)
  const expiresAtMs = readTime(status['expirationTimestamp'] ?? undefined)
  if (Number.isNaN(expiresAtMs)) throw wrong(phrase`its expirationTimestamp is not a valid timestamp`)
  const credential: Credential = {
    ...(token !== '' && { authorization: `Bearer ${headerText(token)}` }),
    ...(cert !== '' && {
      certificate: { cert: Buffer.from(cert), key: Buffer.from(key), label: phrase`client certificate from ${exec.command}` },
    }),
  }
  return { credential, expiresAtMs }
}

/** What starts like JSON is JSON alone, and all else YAML, in the dialect of kubeconfigs; undefined if it is neither. */
async function parseOutput(output: string): Promise<unknown> {
  try {
    return output.trimStart().startsWith('{') ? JSON.parse(output) : await parseKubeconfigText(output, '')
  } catch {
    return undefined
  }
}

const RFC_3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/
/** Go's zero time, which client-go takes for no end. */
const ZERO_TIME_MS = Date.parse('0001-01-01T00:00:00Z')

/** Milliseconds since the epoch; undefined for no end, and NaN for what is not a timestamp of RFC 3339. */
function readTime(value: unknown): number | undefined {
  if (value === undefined) return undefined
  const local = typeof value === 'string' ? RFC_3339.exec(value)?.[1] : undefined
  // Date.parse takes February 30 for March 2, and 24:00:00 for the next day. Go takes neither.
  if (local === undefined || new Date(`${local}Z`).toJSON() !== `${local}.000Z`) return Number.NaN
  const ms = Date.parse(value as string)
  return ms === ZERO_TIME_MS ? undefined : ms
}
