#!/usr/bin/env node
// Runs on every version of Node, so that one that is too old for the program prints a clear message.
'use strict'
var required = [22, 19]
var found = process.versions.node.split('.').map(Number)
if (found[0] < required[0] || (found[0] === required[0] && found[1] < required[1])) {
  console.error(
    'kubectl-leader needs Node.js ' + required.join('.') + ' or later, but found Node.js ' + process.versions.node +
    ' (' + process.execPath + '). Install a newer Node.js, or put it first on your PATH.'
  )
  process.exitCode = 2
} else {
  require('./cli/start.cjs')
}
