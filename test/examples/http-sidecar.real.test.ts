import { expect, it } from 'vitest'
import { startRealCluster } from '../support/real-cluster.ts'
import { freePorts } from '../support/real/ports.ts'
import { ACCOUNT, makePods, startSidecar } from './hand-made-pods.ts'
import { Terminal } from './terminal.ts'

/** Follows `/events` until an event says that this candidate leads. Resolves to that event. */
async function leads(port: number): Promise<object> {
  const { body } = await fetch(`http://127.0.0.1:${port}/events`)
  let text = ''
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data!) as { readonly isLeader: boolean })
    const found = events.find(({ isLeader }) => isLeader)
    if (found) return found
  }
  throw new Error(`The stream ended: ${text}`)
}

it('in each Pod of the manifests, the program learns from its sidecar who the leader is, by polls and by events', async () => {
  await using cluster = await startRealCluster({ users: [ACCOUNT] })
  const [pod1, pod2] = await makePods(cluster, 'http-sidecar', ['web-1', 'web-2'])
  const [port1, port2] = (await freePorts(2)) as [number, number]
  const program = (name: string, port: number): Terminal =>
    new Terminal('npx node examples/http-sidecar/main.ts', { POD_NAME: name, LEADER_URL: `http://127.0.0.1:${port}/` })
  const sidecar1 = startSidecar(cluster, pod1!, 4040, port1)
  await sidecar1.printed('started-leading')
  const sidecar2 = startSidecar(cluster, pod2!, 4040, port2)
  await sidecar2.printed('new-leader')
  await using program1 = program('web-1', port1)
  await using program2 = program('web-2', port2)
  try {
    await Promise.all([program1.printed('web-1: I am the leader'), program2.printed('web-2: I am not the leader; the leader is web-1')])
    const event = leads(port2)
    sidecar1.kill('SIGTERM')
    await program1.printed('web-1: I am not the leader; the leader is unknown')
    // The lease is not released, since the program may still end: it expires.
    expect((await sidecar1.finished).stdout).not.toContain('released  ')
    expect(await event).toMatchObject({ identity: 'web-2', leader: 'web-2', isLeader: true })
    await program2.printed('web-2: I am the leader')
  } finally {
    for (const each of [sidecar1, sidecar2]) each.kill('SIGKILL')
    await Promise.all([sidecar1.finished, sidecar2.finished])
  }
})
