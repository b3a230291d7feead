#!/usr/bin/env node
// Runs on any Node, however old, so that a Node that can't run the real program gets one clear sentence.
'use strict'
var required = [22, 19]
var found = process.versions.node.split('.').map(Number)
if (found[0] < required[0] || (found[0] === required[0] && found[1] < required[1])) {
  console.error(
    'kubectl-leader needs Node.js ' + required.join('.') + ' or newer; this is Node.js ' + process.versions.node +
    ' (' + process.execPath + '). Install a newer Node.js, or put it first on the PATH.'
  )
  process.exitCode = 2
} else {
  require('./cli/start.cjs')
}
