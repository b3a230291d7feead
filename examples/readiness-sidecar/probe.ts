// Probes like the kubelet with the readiness probe of `generate sidecar`: GET /leader on each of the given ports, every
// second. Prints which ports are Ready whenever that changes.
import { setTimeout as sleep } from 'node:timers/promises'

const ports = process.argv.slice(2)

async function isReady(port: string): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/leader`, { signal: AbortSignal.timeout(1_000) })).ok
  } catch {
    // Connection refused: only the leader listens.
    return false
  }
}

let said = ''
for (;;) {
  const answers = await Promise.all(ports.map(async (port) => `${port} ${(await isReady(port)) ? 'Ready' : 'not Ready'}`))
  const line = answers.join(', ')
  if (line !== said) console.log(line)
  said = line
  await sleep(1_000)
}
