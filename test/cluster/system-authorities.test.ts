import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { fixture, folderWith, json, kubeconfigText, startServer } from './local-server.ts'

const CONNECTION = join(import.meta.dirname, '../../shared/cluster/connection/connection.ts')
const CLOCK = join(import.meta.dirname, '../../shared/time/clock.ts')

// In a process of its own: which authorities a system has is settled when Node first asks. Elsewhere than on Linux and
// its like, SSL_CERT_FILE says nothing about them.
it.runIf(process.platform === 'linux')("the system's authorities count where the kubeconfig names none", async () => {
  const { url } = await startServer(json({ ok: true }), { certificate: 'server' })
  const folder = await folderWith({ config: kubeconfigText({ server: url }) })
  const script = `
    import { connect } from ${JSON.stringify(CONNECTION)}
    import { systemClock } from ${JSON.stringify(CLOCK)}
    const surroundings = { env: {}, clock: systemClock, version: 'x' }
    const client = await connect({ kubeconfig: process.env.CONFIG }, surroundings)
    const list = () => client.request({ method: 'GET', path: '/', subject: { verb: 'list' } })
    console.log(JSON.stringify(await Promise.all([list(), list(), list()])))
    process.exit(0)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { SSL_CERT_FILE: fixture('authority.pem'), CONFIG: join(folder, 'config') },
  })
  expect(JSON.parse(stdout)).toEqual([{ ok: true }, { ok: true }, { ok: true }])
})
