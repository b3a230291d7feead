// A program that asks the sidecar beside it who leads, and says whether that is itself. See README.md in this folder.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    /** What the candidate beside this program is called: in a Pod, the Pod's name. */
    me: { type: 'string', default: process.env['POD_NAME'] ?? '' },
    url: { type: 'string', default: process.env['LEADER_URL'] ?? 'http://127.0.0.1:4040/' },
  },
})

/** The leader's name, as far as the sidecar knows; empty where it can't be asked. */
async function leader(): Promise<string> {
  try {
    const response = await fetch(values.url, { signal: AbortSignal.timeout(1_000) })
    const { name } = (await response.json()) as { readonly name: string }
    return name
  } catch {
    return ''
  }
}

let said = ''
for (;;) {
  const name = await leader()
  // Whoever can't ask is not the leader: the sidecar may be gone, and the lease with it.
  const answer = name === values.me && name !== '' ? 'I am the leader' : `I am not the leader; ${name || 'nobody known'} is`
  if (answer !== said) console.log(`${values.me}: ${answer}`)
  said = answer
  await sleep(500)
}
