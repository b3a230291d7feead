// Asks its sidecar for the leader, and prints whether that is this program. See README.md in this folder.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    /** The holder identity of the sidecar's candidate: in a Pod, the name of the Pod. */
    me: { type: 'string', default: process.env['POD_NAME'] ?? '' },
    url: { type: 'string', default: process.env['LEADER_URL'] ?? 'http://127.0.0.1:4040/' },
  },
})

/** The leader's identity as the sidecar knows it; empty if the sidecar does not answer. */
async function leader(): Promise<string> {
  try {
    const response = await fetch(values.url, { signal: AbortSignal.timeout(1_000) })
    const { name } = (await response.json()) as { readonly name: string }
    return name
  } catch {
    return ''
  }
}

let wake = (): void => undefined

/** Each event of the sidecar means that it is worth asking now. The answer itself comes from a poll, which notices a sidecar that hangs. */
async function followEvents(): Promise<never> {
  for (;;) {
    try {
      const { body } = await fetch(new URL('events', values.url))
      for await (const _ of body!) wake()
    } catch {
      // The sidecar is not there (yet).
    }
    wake()
    await sleep(500)
  }
}
void followEvents()

let said = ''
for (;;) {
  const name = await leader()
  // Without an answer, this program is not the leader: the sidecar may be gone, and the lease with it.
  const answer = name === values.me && name !== '' ? 'I am the leader' : `I am not the leader; the leader is ${name || 'unknown'}`
  if (answer !== said) console.log(`${values.me}: ${answer}`)
  said = answer
  const over = new AbortController()
  wake = () => over.abort()
  await sleep(500, undefined, { signal: over.signal }).catch(() => undefined)
}
