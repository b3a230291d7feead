import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePorts } from './real/ports.ts'
import { SupervisedProcess } from './real/supervised-process.ts'
import { Watchdog } from './real/watchdog.ts'

const READY_TIMEOUT_MS = 30_000
const POLL_INTERVAL_MS = 20

export interface RealRedisOptions {
  /** What it wants from every client. */
  readonly password?: string
  /** The port of the primary that it is a replica of. */
  readonly replicaOf?: number
  /** Whether it saves every write before it answers; default: it keeps nothing over a restart. */
  readonly isPersistent?: boolean
  /** More flags, as in `--maxmemory 1mb`. */
  readonly flags?: readonly string[]
}

/** A redis-server, as a process of its own, on loopback. */
export interface RealRedis extends AsyncDisposable {
  readonly port: number
  /** A URL without a key: `redis://127.0.0.1:PORT/0`; with the password, where it wants one. */
  readonly url: string
  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>
  /** Starts it again on the same port, killing it first if it runs; resolves when it answers. */
  restart(): Promise<void>
  /** SIGSTOP: connections stay open, and nothing answers. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /** Sends one command as another program does; resolves to the raw reply. */
  send(...command: readonly string[]): Promise<string>
  /** Ends it and removes its files. Happens by itself when this process ends. */
  close(): Promise<void>
}

/** Starts the `redis-server` of the PATH. */
export async function startRealRedis(options: RealRedisOptions = {}): Promise<RealRedis> {
  const { password, replicaOf, isPersistent = false, flags = [] } = options
  const [port] = (await freePorts(1)) as [number]
  const directory = join(tmpdir(), `real-redis-${randomUUID()}`)
  const watchdog = new Watchdog(directory)
  mkdirSync(directory, { mode: 0o700 })
  const process = new SupervisedProcess({
    name: 'redis-server',
    command: 'redis-server',
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', ''],
      ...(isPersistent ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']),
      ...(password === undefined ? [] : ['--requirepass', password]),
      ...(replicaOf === undefined ? [] : ['--replicaof', '127.0.0.1', String(replicaOf)]),
      ...flags,
    ],
    directory,
    logFile: join(directory, 'redis.log'),
    watchdog,
  })
  const send = async (...command: readonly string[]): Promise<string> => {
    const authenticated = password === undefined ? [command] : [['AUTH', password], command]
    const replies = await exchange(port, authenticated)
    return replies.at(-1)!
  }
  const start = async (): Promise<void> => {
    await process.start()
    for (let waitedMs = 0; ; waitedMs += POLL_INTERVAL_MS) {
      const reply = await send('PING').catch(String)
      if (reply.startsWith('+PONG')) return
      if (!process.isRunning || waitedMs > READY_TIMEOUT_MS) throw new Error(`redis-server is not ready: ${reply}\n${process.logTail()}`)
      await delay(POLL_INTERVAL_MS)
    }
  }
  await start()
  const close = async (): Promise<void> => {
    await process.kill()
    await watchdog.close()
  }
  return {
    port,
    url: `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}/0`,
    kill: () => process.kill(),
    async restart() {
      await process.kill()
      await start()
    },
    pause: () => process.pause(),
    resume: () => process.resume(),
    send,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Sends commands on a connection of their own; resolves to as many replies, each as Redis wrote it. */
function exchange(port: number, commands: readonly (readonly string[])[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    const replies: string[] = []
    const sendNext = (): void => {
      const command = commands[replies.length]
      if (command) socket.write(encode(command))
      else socket.end(() => resolve(replies))
    }
    socket.setEncoding('utf8').on('connect', sendNext).on('error', reject)
    // Short replies to one command at a time come in one piece.
    socket.on('data', (reply: string) => {
      replies.push(reply)
      sendNext()
    })
  })
}

function encode(command: readonly string[]): string {
  return [`*${command.length}`, ...command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}`), ''].join('\r\n')
}
