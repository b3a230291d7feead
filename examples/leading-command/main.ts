// Runs a command only while this process is the leader, and records Events. See docs/library.md.
import { connect, joinElection, runWhileLeading, systemClock } from '../../shared/index.ts'

const client = await connect({}, { env: process.env, clock: systemClock, version: 'command-example' })

// A watchdog process ends the command before another candidate can lead, even if this process is killed.
using command = runWhileLeading(process.argv.slice(2), { onStarted: (pid) => console.log(`process ${pid} started`) })

const candidacy = joinElection(client, {
  ...command.electorOptions,
  name: 'command-example',
  onEvent(event) {
    if (event.type === 'problem' && !event.isRepeated) console.error(event.error.message)
    else console.log(event.type)
  },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => candidacy.leave())

await candidacy.run()
client.close()
process.exitCode = command.end?.exitCode ?? 0
