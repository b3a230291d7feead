import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface RuntimeConfig {
  readonly process: { terminal: boolean; capabilities: object; args: string[]; env: string[]; readonly user: object }
  readonly root: { readonly: boolean }
  readonly linux: { namespaces: { readonly type: string }[] }
  readonly mounts: object[]
}

interface ContainerOptions {
  /** Arguments for the image's entrypoint. */
  readonly args?: readonly string[]
  /** Instead of the entrypoint, as `command` of a container in Kubernetes. */
  readonly command?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Files of this machine, by their path in the container; read-only. */
  readonly files?: Readonly<Record<string, string>>
}

/**
 * An image, unpacked by umoci and run by runc with what the restricted Pod Security Standard asks for, and a read-only root, in
 * its own namespaces; except for the network, because the API server of the tests listens on this machine's loopback interface.
 */
export class Container {
  readonly #id = `kubectl-leader-${randomUUID()}`
  readonly #process: ChildProcess
  /** The exit code. */
  readonly ended: Promise<number | null>
  stdout = ''
  stderr = ''

  /** @param unpacked the folder that `umoci unpack` made; it is copied into `folder`, but for its files */
  constructor(unpacked: string, folder: string, { args = [], command, env = {}, files = {} }: ContainerOptions) {
    const bundle = join(folder, this.#id)
    mkdirSync(bundle)
    cpSync(join(unpacked, 'config.json'), join(bundle, 'config.json'))
    const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as RuntimeConfig
    config.process.terminal = false
    config.process.capabilities = {}
    config.process.args = command ? [...command] : [...config.process.args, ...args]
    config.process.env.push(...Object.entries(env).map(([key, value]) => `${key}=${value}`))
    config.root.readonly = true
    Object.assign(config.root, { path: join(unpacked, 'rootfs') })
    config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'network')
    const bind = ([destination, source]: readonly [string, string]): object => ({ destination, source, type: 'bind', options: ['bind', 'ro'] })
    config.mounts.push(...Object.entries(files).map(bind))
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(config))
    this.#process = spawn('runc', ['run', '--bundle', bundle, this.#id], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.ended = new Promise((resolve) => this.#process.on('close', resolve))
  }

  /** The process id of the container's first process on this machine. */
  get pid(): number {
    return (JSON.parse(execFileSync('runc', ['state', this.#id], { encoding: 'utf8' })) as { pid: number }).pid
  }

  /** Sends a signal to the container's first process. */
  signal(name: string): void {
    execFileSync('runc', ['kill', this.#id, name])
  }

  /** `/proc/PID/status` of each process in the container, by its fields. */
  processes(): readonly Readonly<Record<string, string>>[] {
    const namespace = readlinkSync(`/proc/${this.pid}/ns/pid`)
    return readdirSync('/proc').flatMap((pid) => {
      try {
        if (!/^\d+$/.test(pid) || readlinkSync(`/proc/${pid}/ns/pid`) !== namespace) return []
        return [Object.fromEntries([...readFileSync(`/proc/${pid}/status`, 'utf8').matchAll(/^(\w+):\s+(.*)$/gm)].map(([, key, value]) => [key!, value!]))]
      } catch {
        // It has ended meanwhile.
        return []
      }
    })
  }

  /** Ends it, however it is. */
  [Symbol.dispose](): void {
    if (this.#process.exitCode === null) execFileSync('runc', ['delete', '--force', this.#id])
  }
}
