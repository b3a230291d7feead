// What `join` runs under interruptions. It writes down when it runs, in a journal of its own, until it is ended.
//
//     node command.cjs FOLDER GRACE_MS CHILD_GRACE_MS
//
// Told to end (SIGTERM), it goes on for that grace; with `never` it ignores it. The child, in the same process group,
// does the same by its own grace; with `none` there is no child.
'use strict'
const { openSync, writeSync } = require('node:fs')
const { setInterval, setTimeout } = require('node:timers')

const [, program, folder, grace, childGrace] = process.argv
const { LEADER_NAME: election, LEADER_IDENTITY: candidate, LEADER_FENCING_TOKEN: token } = process.env
const journal = openSync(`${folder}/${candidate}_${token}_${process.pid}`, 'a')
// CLOCK_MONOTONIC, which all processes of a machine share.
const write = (what) => writeSync(journal, `${what} ${process.hrtime.bigint()}\n`)

writeSync(journal, `${JSON.stringify({ election, candidate, token, pid: process.pid })}\n`)
write('start')
process.on('SIGTERM', () => {
  if (grace === 'never') return
  setTimeout(() => {
    write('end')
    process.exit(0)
  }, Number(grace))
})
setInterval(() => write('alive'), 5)
if (childGrace !== 'none') {
  require('node:child_process').spawn(process.execPath, [program, folder, childGrace, 'none'], { stdio: 'inherit' })
}
