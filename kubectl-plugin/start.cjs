'use strict'
// Loads the files that the program ships in, and keeps the code that V8 made of it for the next run of the same command.
// Node's own compile cache keeps only what is compiled before a file runs, which is next to nothing; what a command came
// to use, kept when it ends, saves a quarter of its time.
const { createHash } = require('node:crypto')
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const { basename, dirname, isAbsolute, join } = require('node:path')
const { Script } = require('node:vm')

// Node would open a debugger on this signal, which programs use for their own ends; `join` passes it to its command.
if (process.argv[2] === 'join') process.on('SIGUSR1', () => undefined)

const loaded = new Map()
// The self-contained executable has the files in itself; this one is what it runs.
const readSource =
  __filename === process.execPath
    ? (id) => Buffer.from(require('node:sea').getRawAsset(basename(id)))
    : (id) => readFileSync(join(__dirname, id))

// `join` starts this program twice more: as the watchdog of its command, and as what waits to become the command.
if (['__watchdog', '__command'].includes(process.argv[2])) load('./watchdog.cjs')
else load(['list', 'get', 'ls'].includes(process.argv[2]) && !isToWatch() ? './list.cjs' : './main.cjs')

// `list -w` needs what `watch` is made of. Whatever looks like it is taken for it: both files know how to list.
function isToWatch() {
  return process.argv.some((arg) => /^(-\w*w|--watch)/.test(arg))
}

// As require() does: a file beside this one, or a module of Node's.
function load(id) {
  if (!id.startsWith('./')) return require(id)
  if (loaded.has(id)) return loaded.get(id).exports
  const module = { exports: {} }
  loaded.set(id, module)
  const filename = join(__dirname, id)
  const source = readSource(id)
  const cache = cacheFile(basename(id, '.cjs'))
  const cachedData = cache && readCache(cache, source)
  const script = new Script(`(function (module, exports, require) {${source.toString('utf8')}\n})`, { filename, cachedData })
  if (cache && (!cachedData || script.cachedDataRejected)) {
    process.once('exit', () => writeCache(cache, source, script.createCachedData()))
  }
  script.runInThisContext()(module, module.exports, load)
  return module.exports
}

// In the user's own cache: other people's code, as in a shared temporary directory, must not be run.
function cacheFile(name) {
  const folder = process.env.XDG_CACHE_HOME || join(homeFolder(), '.cache')
  const command = /^[a-z]{1,20}$/.exec(process.argv[2])
  const file = `${name}-${command ? command[0] : ''}-${process.version}-${process.arch}.bin`
  return isAbsolute(folder) ? join(folder, 'kubectl-leader', file) : undefined
}

// Empty where there is none: a user of a container may have neither HOME nor an entry in /etc/passwd.
function homeFolder() {
  try {
    return process.env.HOME || require('node:os').homedir()
  } catch {
    return ''
  }
}

// V8 believes what it is given, so a file that a crash cut short, or of another version of the program, is left alone.
function readCache(file, source) {
  try {
    const bytes = readFileSync(file)
    const code = bytes.subarray(32)
    return bytes.subarray(0, 32).equals(digest(source, code)) ? code : undefined
  } catch {
    return undefined
  }
}

function writeCache(file, source, code) {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const unfinished = `${file}.${process.pid}`
    writeFileSync(unfinished, Buffer.concat([digest(source, code), code]), { mode: 0o600 })
    renameSync(unfinished, file)
  } catch {
    // A home that can't be written to has no cache.
  }
}

function digest(source, code) {
  return createHash('sha256').update(source).update(code).digest()
}
