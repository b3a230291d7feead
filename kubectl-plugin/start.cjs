'use strict'
// Keeps V8's compiled code between runs, which halves the start. In the user's own cache: other people's code caches,
// as in a shared temporary directory, must not be run.
const { homedir } = require('node:os')
const { isAbsolute, join } = require('node:path')
const { enableCompileCache } = require('node:module')

const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
if (isAbsolute(cache)) enableCompileCache(join(cache, 'kubectl-leader', 'compiled'))
// `join` starts this program once more, as the watchdog of its command.
require(process.argv[2] === '__watchdog' ? './watchdog.cjs' : './main.cjs')
