import { spawn, type SpawnOptions } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** What the operating system says of one process that ran to its end. */
export interface Run {
  readonly wallMs: number
  /** Peak of the resident set, in MB; the kernel's own high-water mark, read until the process was gone. */
  readonly peakMb: number
}

/** Runs a command to its end and measures it from outside. Rejects where it fails. */
export function measureRun(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Run> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now()
    // Authorities that a machine adds for every Node.js program, and for no other, would be measured as if they were ours.
    const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env
    const options: SpawnOptions = { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }
    const child = spawn(file, args, options)
    let peakMb = 0
    const poll = setInterval(() => (peakMb = peakMbOf(child.pid) ?? peakMb), 2)
    let errors = ''
    child.stdout!.resume()
    child.stderr!.on('data', (chunk) => (errors += String(chunk)))
    child.on('error', reject)
    child.on('exit', () => {
      clearInterval(poll)
    })
    child.on('close', (code) => {
      const wallMs = performance.now() - startedMs
      if (code === 0) resolve({ wallMs, peakMb })
      else reject(new Error(`${file} ${args.join(' ')} ended with ${String(code)}: ${errors}`))
    })
  })
}

/** The high-water mark of a running process's memory, in MB; undefined where it has ended. */
export function peakMbOf(pid: number | undefined): number | undefined {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(procFile(pid, 'status'))?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
}

/** What a running process holds in memory now, in MB; NaN where it has ended. */
export function residentMbOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(procFile(pid, 'status'))?.[1]) / 1024
}

/** The processor time that a running process has used so far, in milliseconds. */
export function cpuMsOf(pid: number): number {
  // Fields 14 and 15 (utime, stime) in ticks of 10 ms; the second field is in parentheses and may hold blanks.
  const fields = procFile(pid, 'stat').replace(/^.*\) /s, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function procFile(pid: number | undefined, name: string): string {
  try {
    return readFileSync(`/proc/${String(pid)}/${name}`, 'utf8')
  } catch {
    return ''
  }
}

/** The middle of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
