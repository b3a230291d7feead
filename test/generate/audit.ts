import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A request as the API server's audit log has it, as far as it is of interest here. */
interface AuditedRequest {
  readonly user: { readonly username: string }
  readonly verb: string
  readonly objectRef?: { readonly resource: string; readonly namespace?: string }
  readonly responseStatus?: { readonly code?: number }
}

/** The audit log of an API server: who asked for what, and was it allowed. */
export class AuditLog implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-audit-'))

  constructor(level: 'Metadata' | 'Request' | 'RequestResponse' = 'Metadata') {
    const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level }] }
    writeFileSync(this.#policyFile, JSON.stringify(policy))
  }

  get file(): string {
    return join(this.#folder, 'audit.log')
  }

  /** What kube-apiserver is to be started with. */
  get flags(): string[] {
    return [`--audit-policy-file=${this.#policyFile}`, `--audit-log-path=${this.file}`]
  }

  /** `verb resource` of every request of a user so far that was allowed, or was not; each once. */
  requests(username: string, wanted: 'allowed' | 'forbidden'): string[] {
    const entries = readFileSync(this.file, 'utf8').split('\n').filter((line) => line.endsWith('}'))
    const own = entries.map((line) => JSON.parse(line) as AuditedRequest).filter(({ user }) => user.username === username)
    const answered = own.filter(({ responseStatus }) => responseStatus?.code !== undefined)
    const chosen = answered.filter(({ responseStatus }) => (responseStatus!.code === 403) === (wanted === 'forbidden'))
    return [...new Set(chosen.filter(({ objectRef }) => objectRef).map(({ verb, objectRef }) => `${verb} ${objectRef!.resource}`))].sort()
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true })
  }

  get #policyFile(): string {
    return join(this.#folder, 'policy.json')
  }
}
